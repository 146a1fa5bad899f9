//! A small harness: rows that take turns, many short samples, and a table of ratios inside one run.
//!
//! Taking turns is what makes the ratios hold on a machine that has other work: whatever slows it down for a while slows
//! every row alike. Samples are shorter than a time slice and the lower quartile is what counts, as other work can only
//! add to a sample: it is right if the machine was quiet for a quarter of the time.

use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 240;
const SAMPLE: Duration = Duration::from_millis(1);

/// Rows by name, measured together.
#[derive(Default)]
pub(crate) struct Bench {
    rows: Vec<Row>,
}

struct Row {
    name: &'static str,
    run: Box<dyn FnMut(u64) -> Duration>,
    iterations: u64,
    /// Nanoseconds of one operation, in the order of the rounds.
    samples: Vec<f64>,
}

impl Bench {
    /// Adds a row. The loop is compiled with its operation, so that there is no call between them.
    pub(crate) fn row<T>(&mut self, name: &'static str, mut operation: impl FnMut() -> T + 'static) {
        let run = move |iterations| {
            let start = Instant::now();
            for _ in 0..iterations {
                black_box(operation());
            }
            start.elapsed()
        };
        self.timed_row(name, run);
    }

    /// Adds a row that times itself: the function runs this many operations and returns the time.
    pub(crate) fn timed_row(&mut self, name: &'static str, run: impl FnMut(u64) -> Duration + 'static) {
        self.rows.push(Row { name, run: Box::new(run), iterations: 1, samples: Vec::new() });
    }

    pub(crate) fn measure(mut self) -> Measured {
        self.rows.iter_mut().for_each(Row::calibrate);
        for _ in 0..ROUNDS {
            self.rows.iter_mut().for_each(Row::sample);
        }
        Measured { rows: self.rows }
    }
}

impl Row {
    /// Doubles the number of operations until they take as long as a sample should.
    fn calibrate(&mut self) {
        while (self.run)(self.iterations) < SAMPLE {
            self.iterations *= 2;
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "both are far below 2^52")]
    fn sample(&mut self) {
        let time = (self.run)(self.iterations);
        self.samples.push(time.as_nanos() as f64 / self.iterations as f64);
    }
}

/// The name of the row that is the loop alone, subtracted from every other one.
pub(crate) const EMPTY: &str = "empty loop";

pub(crate) struct Measured {
    rows: Vec<Row>,
}

impl Measured {
    /// Nanoseconds of one operation of a row, without the loop.
    pub(crate) fn net(&self, name: &str) -> f64 {
        let gross = lower_quartile(&self.row(name).samples);
        if name == EMPTY { gross } else { gross - lower_quartile(&self.row(EMPTY).samples) }
    }

    fn row(&self, name: &str) -> &Row {
        self.rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("no row `{name}`"))
    }

    /// Every row: lower quartile and least of its samples, net of the loop.
    pub(crate) fn print(&self) {
        println!("\n| row | ns | least |\n|---|---:|---:|");
        let empty = self.net(EMPTY);
        for row in &self.rows {
            let least = row.samples.iter().copied().fold(f64::INFINITY, f64::min);
            let net = if row.name == EMPTY { least } else { least - empty };
            println!("| {} | {:.2} | {net:.2} |", row.name, self.net(row.name));
        }
    }
}

fn lower_quartile(samples: &[f64]) -> f64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 4]
}

/// What is promised, as ratios of rows of one run.
pub(crate) struct Targets {
    missed: usize,
}

impl Targets {
    pub(crate) fn new() -> Self {
        println!("\n| target | ns | of | ratio | at most | |\n|---|---:|---:|---:|---:|---|");
        Self { missed: 0 }
    }

    /// `value` is at most this many times `of`.
    pub(crate) fn ratio(&mut self, name: &str, value: f64, of: f64, max: f64) {
        let ratio = value / of;
        let verdict = if ratio <= max { "ok" } else { "MISSED" };
        self.missed += usize::from(ratio > max);
        println!("| {name} | {value:.2} | {of:.2} | {ratio:.3} | {max} | {verdict} |");
    }
}

impl Drop for Targets {
    fn drop(&mut self) {
        match self.missed {
            0 => println!("\nall targets are met"),
            missed => println!("\n{missed} targets are MISSED in this run"),
        }
    }
}
