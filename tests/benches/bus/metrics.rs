//! What counting costs: a consumer on Redis with the metrics of the bus and one without, in processes of their own that
//! take turns, as what counts in a process does so until its end. What is compared is the time that the processes run
//! on a core: the time until the last event has come differs more from sample to sample than metrics cost.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::{env, fs};

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, metrics};
use openedx_events_tests::redis_server::RedisServer;

use crate::redis::{CONSUMED, STREAM, consume};
use crate::{events, raw};

/// The first argument of a child.
pub(crate) const CHILD: &str = "--metrics";

/// More than elsewhere: the difference is small.
const ROUNDS: u32 = 60;
/// How much more an event may cost with metrics.
const MAX: f64 = 1.01;
/// The unit of times in `/proc`, in microseconds. That of Linux on all usual machines.
const TICK: f64 = 10_000.0;

pub(crate) fn measure(server: &RedisServer) {
    let (messages, mut connection) = (events::messages(CONSUMED), server.client());
    let mut consumers = ["without", "with"].map(|case| Consumer::start(&format!("{case}={}", server.url())));
    let mut round = |consumers: &mut [Consumer]| {
        for consumer in consumers {
            raw::fill(&mut connection, STREAM, &messages).expect("filled");
            consumer.consume();
        }
    };
    round(&mut consumers);
    let Some(before) = consumers.each_ref().map(Consumer::ticks).into_iter().collect::<Option<Vec<_>>>()
    else {
        println!("not measured: there is no /proc here");
        return;
    };
    for _ in 0..ROUNDS {
        round(&mut consumers);
    }
    let events = f64::from(ROUNDS) * f64::from(u32::try_from(CONSUMED).expect("not that many"));
    let spent = consumers.iter().zip(before).map(|(consumer, before)| {
        let ticks = consumer.ticks().expect("there was a /proc") - before;
        f64::from(u32::try_from(ticks).expect("not that long")) * TICK / events
    });
    let spent: Vec<_> = spent.collect();
    let ratio = spent[1] / spent[0];
    let verdict = if ratio <= MAX { "ok" } else { "MISSED" };
    println!("\n| EventConsumer on Redis, for an event | us on a core |\n|---|---:|");
    println!("| without metrics | {:.3} |\n| with metrics | {:.3} |", spent[0], spent[1]);
    println!("\n| target | ratio | | |\n|---|---:|---:|---|");
    println!("| with metrics / without | {ratio:.3} | at most {MAX} | {verdict} |");
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

    fn consume(&mut self) {
        writeln!(self.tell, "consume").expect("it lives");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it lives");
        assert_eq!(answer, "done\n");
    }

    /// The ticks that all of its threads have run on a core. `None` if the system does not tell.
    fn ticks(&self) -> Option<u64> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).ok()?;
        // The name of the program is in parentheses. `utime` and `stime` are the 12th and 13th field behind it.
        let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
        fields.map(|ticks| ticks.parse::<u64>().ok()).sum()
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
        consume(&backend, &mut connection);
        println!("done");
    }
}
