//! Rows that take turns, and targets that are ratios of rows of one run.
//!
//! As with the other benches the lower quartile of many short samples counts: other work on the machine only adds to a
//! sample.

use std::time::Duration;

#[derive(Default)]
pub(crate) struct Race<'a> {
    rows: Vec<Row<'a>>,
}

struct Row<'a> {
    name: &'static str,
    events: u32,
    run: Box<dyn FnMut() -> Duration + 'a>,
    /// Nanoseconds of an event, in the order of the rounds.
    samples: Vec<f64>,
}

impl<'a> Race<'a> {
    /// Adds a row. The function handles this many events and returns the time.
    pub(crate) fn row(&mut self, name: &'static str, events: usize, run: impl FnMut() -> Duration + 'a) {
        let events = u32::try_from(events).expect("not that many");
        self.rows.push(Row { name, events, run: Box::new(run), samples: Vec::new() });
    }

    /// Runs every row once to warm up, and then this many rounds.
    pub(crate) fn run(mut self, rounds: usize) -> Finish {
        for row in &mut self.rows {
            (row.run)();
        }
        for _ in 0..rounds {
            for row in &mut self.rows {
                let time = (row.run)();
                row.samples.push(time.as_secs_f64() * 1e9 / f64::from(row.events));
            }
        }
        let rows = self.rows.into_iter().map(|row| (row.name, row.samples)).collect();
        Finish { rows }
    }
}

/// The results.
#[derive(Default)]
pub(crate) struct Finish {
    rows: Vec<(&'static str, Vec<f64>)>,
}

impl Finish {
    /// Adds a row that did not take turns.
    pub(crate) fn add(&mut self, name: &'static str, nanoseconds: Vec<f64>) {
        self.rows.push((name, nanoseconds));
    }

    /// Nanoseconds of an event: the lower quartile.
    pub(crate) fn net(&self, name: &str) -> f64 {
        let row = self.rows.iter().find(|row| row.0 == name).unwrap_or_else(|| panic!("no row `{name}`"));
        quantile(&row.1, 4)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.rows.iter().any(|row| row.0 == name)
    }

    pub(crate) fn print(&self, title: &str) {
        println!("\n| {title} | events/s | us | median us | least us |\n|---|---:|---:|---:|---:|");
        for (name, samples) in &self.rows {
            let [quartile, median, least] =
                [quantile(samples, 4), quantile(samples, 2), quantile(samples, usize::MAX)]
                    .map(|nanoseconds| nanoseconds / 1e3);
            println!("| {name} | {:.0} | {quartile:.3} | {median:.3} | {least:.3} |", 1e6 / quartile);
        }
    }
}

/// The sample at 1 / `part` of the sorted samples.
fn quantile(samples: &[f64], part: usize) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / part]
}

/// The promises.
pub(crate) struct Targets<'a>(&'a Finish);

impl<'a> Targets<'a> {
    pub(crate) fn of(finish: &'a Finish) -> Self {
        println!("\n| target | ratio | | |\n|---|---:|---:|---|");
        Self(finish)
    }

    /// A row handles at least this many times the events of another one in the same time.
    pub(crate) fn at_least(&self, name: &str, of: &str, least: f64) {
        let ratio = self.0.net(of) / self.0.net(name);
        let verdict = if ratio >= least { "ok" } else { "MISSED" };
        println!("| {name} / {of} | {ratio:.2} | at least {least} | {verdict} |");
    }

    /// An event takes at most this many times as long as in another row.
    pub(crate) fn at_most(&self, name: &str, of: &str, max: f64) {
        let ratio = self.0.net(name) / self.0.net(of);
        let verdict = if ratio <= max { "ok" } else { "MISSED" };
        println!("| {name} / {of} | {ratio:.2} | at most {max} | {verdict} |");
    }
}
