//! A consumer that aborts its process at a named point: `crashing-consumer URL TOPIC GROUP NAME LOG [POINT [DEDUP]]`.
//!
//! A point is `before` or `after` a step, such as `after-read` or `before-dead-letter`: see [`CrashingBackend`] and
//! `Life::work`. The process aborts when it first reaches the point. The log has a line for each step. The process ends
//! cleanly when its standard input is closed.
//!
//! A task with the fate `fail` always fails; one with `kill` aborts the process whenever it runs; one with `waver` fails
//! at its first attempt in the process.

mod crashing_backend;
mod event;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use std::{env, process};

use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{self, Backend, ConsumerSettings, EventConsumer, EventOutcome, Topic};
use openedx_events::{BoxError, Permanent};

use self::crashing_backend::CrashingBackend;
use self::event::{TASK_GIVEN, Task};

/// The log, and the point at which to crash.
pub(crate) struct Life {
    log: File,
    point: String,
    /// The tasks that have failed once.
    wavered: Mutex<BTreeSet<i64>>,
}

impl Life {
    /// Adds a line to the log, in one write, so that lines of several threads do not mix.
    fn log(&self, line: &str) {
        if (&self.log).write_all(format!("{line}\n").as_bytes()).is_err() {
            process::abort();
        }
    }

    /// Aborts if this is the point.
    fn pass(&self, point: &str) {
        if self.point == point {
            process::abort();
        }
    }

    fn work(&self, task: &Task) -> Result<(), BoxError> {
        let Task { number, key, fate } = task;
        self.pass("before-effect");
        match fate.as_str() {
            "fail" => return Err(Permanent::new(format!("task {number}")).into()),
            "kill" => process::abort(),
            "waver" if self.wavered.lock().unwrap_or_else(PoisonError::into_inner).insert(*number) => {
                return Err("not yet".into());
            }
            _ => {}
        }
        self.log(&format!("effect {number} {key}"));
        self.pass("after-effect");
        Ok(())
    }
}

fn main() -> Result<ExitCode, BoxError> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [url, topic, group, name, log, rest @ ..] = arguments.as_slice() else {
        return Err("crashing-consumer URL TOPIC GROUP NAME LOG [POINT [DEDUP]]".into());
    };
    let life = Arc::new(Life {
        log: File::options().create(true).append(true).open(log)?,
        point: rest.first().cloned().unwrap_or_default(),
        wavered: Mutex::default(),
    });
    let of_receiver = Arc::clone(&life);
    let _given = TASK_GIVEN.connect("work", move |event, _| of_receiver.work(&event.task));

    let mut settings = ConsumerSettings::default();
    settings.claim_after = Duration::from_secs(1);
    settings.heartbeat = Duration::from_millis(200);
    settings.retry.initial_backoff = Duration::from_millis(5);
    settings.retry.max_backoff = Duration::from_millis(20);
    settings.batch = 10;
    settings.dedup = rest.get(1).is_some();
    settings.allow_no_receivers = true;
    let log = Arc::clone(&life);
    let consumer = EventConsumer::new(Arc::new(CrashingBackend::new(open(url)?, life)), group)
        .name(name)
        .topic(Topic::new(topic)?)
        .settings(settings)
        .after_message(move |consumed| {
            if consumed.outcome == EventOutcome::Done {
                log.log(&format!("done {}", consumed.entry));
            }
        });
    let running = consumer.start()?;
    // Closed by the test, or by its end.
    io::stdin().read_to_end(&mut Vec::new())?;
    Ok(match running.stop(Duration::from_secs(20)) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(error.exit_code())
        }
    })
}

fn open(url: &str) -> Result<Arc<dyn Backend>, BoxError> {
    if !url.starts_with("redis:") {
        return Ok(bus::open(url)?);
    }
    let mut options = Options::default();
    options.connect_timeout = Duration::from_millis(500);
    options.response_timeout = Duration::from_millis(500);
    Ok(Arc::new(Redis::open_with(url, options)?))
}
