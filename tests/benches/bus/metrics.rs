//! What counting costs: a consumer on Redis with the metrics of the bus and one without, in processes of their own that
//! take turns, as what counts in a process does so until its end. What is compared is the time that the processes run
//! on a core: the time until the last event has come differs more from sample to sample than metrics cost.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, metrics};
use openedx_events_tests::redis_server::RedisServer;
use rustix::time::{ClockId, clock_gettime};

use crate::redis::{CONSUMED, STREAM, consume};
use crate::{events, raw};

/// The first argument of a child.
pub(crate) const CHILD: &str = "--metrics";

/// Many more than elsewhere: the difference is small beside that of two rounds.
const ROUNDS: usize = 300;
/// How much more an event may cost with metrics.
const MAX: f64 = 1.01;

pub(crate) fn measure(server: &RedisServer) {
    let (messages, mut connection) = (events::messages(CONSUMED), server.client());
    let mut consumers = ["without", "with"].map(|case| Consumer::start(&format!("{case}={}", server.url())));
    let events = f64::from(u32::try_from(CONSUMED).expect("not that many"));
    let mut round = |first: usize| {
        let mut spent = [0.0; 2];
        // Whoever comes first in a round comes second in the next.
        for consumer in [first, 1 - first] {
            raw::fill(&mut connection, STREAM, &messages).expect("filled");
            spent[consumer] = consumers[consumer].consume() / events;
        }
        spent
    };
    round(0);
    let rounds: Vec<_> = (0..ROUNDS).map(|number| round(number % 2)).collect();
    let [without, with] = [0, 1].map(|case| quartiles(rounds.iter().map(|round| round[case])));
    let ratio = with[1] / without[1];
    let verdict = if ratio <= MAX { "ok" } else { "MISSED" };
    println!("\n| EventConsumer on Redis, for an event | us on a core | quartiles |\n|---|---:|---:|");
    for (case, [low, median, high]) in [("without metrics", without), ("with metrics", with)] {
        println!("| {case} | {median:.3} | {low:.3} to {high:.3} |");
    }
    println!("\n| target | ratio of the medians | | |\n|---|---:|---:|---|");
    println!("| with metrics / without | {ratio:.3} | at most {MAX} | {verdict} |");
}

fn quartiles(samples: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut sorted: Vec<_> = samples.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| sorted[sorted.len() * quarter / 4])
}

/// A process that consumes when it is told to.
struct Consumer {
    process: Child,
    tell: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Consumer {
    fn start(case: &str) -> Self {
        let mut command = Command::new(env::current_exe().expect("this program"));
        command.args([CHILD, case]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().expect("it runs");
        let tell = process.stdin.take().expect("a pipe");
        let answers = BufReader::new(process.stdout.take().expect("a pipe"));
        Self { process, tell, answers }
    }

    /// Returns the microseconds that all of its threads have run on a core.
    fn consume(&mut self) -> f64 {
        writeln!(self.tell, "consume").expect("it lives");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it lives");
        answer.trim().parse().expect("a number")
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Consumes at each line.
pub(crate) fn child(case: &str) {
    let (metrics, url) = case.split_once('=').expect("a case and an address");
    if metrics == "with" {
        metrics::install();
    }
    let redis = Redis::open(url).expect("an address");
    let client = ::redis::Client::open(url).expect("an address");
    let mut connection = client.get_connection().expect("connected");
    let backend: Arc<dyn Backend> = Arc::new(redis);
    for line in std::io::stdin().lines() {
        line.expect("the parent lives");
        let before = on_a_core();
        consume(&backend, &mut connection);
        println!("{}", on_a_core().saturating_sub(before).as_secs_f64() * 1e6);
    }
}

/// The time that this process has run on a core.
fn on_a_core() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("it is not negative")
}
