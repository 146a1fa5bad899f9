//! What counting costs: a consumer on Redis with the metrics of the bus and one without, in processes of their own that take turns, as what
//! counts in a process does so until its end.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, metrics};
use openedx_events_tests::redis_server::RedisServer;

use crate::race::{Race, Targets};
use crate::redis::{CONSUMED, STREAM, consume};
use crate::{events, raw};

/// The first argument of a child.
pub(crate) const CHILD: &str = "--metrics";

/// More than elsewhere: the difference is small.
const ROUNDS: usize = 60;

const WITHOUT: &str = "EventConsumer without metrics";
const WITH: &str = "EventConsumer with metrics";

pub(crate) fn measure(server: &RedisServer) {
    let messages = events::messages(CONSUMED);
    let mut race = Race::default();
    for (name, case) in [(WITHOUT, "without"), (WITH, "with")] {
        let (mut consumer, mut connection) =
            (Consumer::start(&format!("{case}={}", server.url())), server.client());
        let messages = &messages;
        race.row(name, CONSUMED, move || {
            raw::fill(&mut connection, STREAM, messages).expect("filled");
            consumer.consume()
        });
    }
    let finish = race.run(ROUNDS);
    finish.print("what metrics cost, on Redis");
    Targets::of(&finish).at_most(WITH, WITHOUT, 1.01);
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

    fn consume(&mut self) -> Duration {
        writeln!(self.tell, "consume").expect("it lives");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it lives");
        Duration::from_nanos(answer.trim().parse().expect("nanoseconds"))
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Consumes at each line, and prints how long it took in nanoseconds.
pub(crate) fn child(case: &str) {
    let (metrics, url) = case.split_once('=').expect("a case and an address");
    if metrics == "with" {
        metrics::install();
    }
    let redis = Redis::open(url).expect("an address");
    let mut connection =
        ::redis::Client::open(url).and_then(|client| client.get_connection()).expect("connected");
    let backend: Arc<dyn Backend> = Arc::new(redis);
    for line in std::io::stdin().lines() {
        line.expect("the parent lives");
        println!("{}", consume(&backend, &mut connection).as_nanos());
    }
}
