//! Consumes until SIGTERM.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{self, ExitCode};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use openedx_events::bus::{Backend, ConsumerSettings, EventConsumer, RetryPolicy, StopError, Topic};
use openedx_events::{BoxError, Permanent};

use crate::event::{Fate, RECEIVERS, TASK_GIVEN, Task, TaskGiven};
use crate::log::{Life, Log, Record};
use crate::logging_backend::LoggingBackend;

/// Time to finish receivers at the end.
const DRAIN: Duration = Duration::from_secs(5);

/// Consumes as the member whose life it is.
pub(crate) fn run(
    bus: Arc<dyn Backend>,
    topic: Topic,
    life: &Life,
    log: Arc<Log>,
    group: &str,
    folder: &str,
) -> ExitCode {
    let connections: Vec<_> = RECEIVERS
        .into_iter()
        .map(|name| {
            let receiver = Receiver {
                name,
                outage: Path::new(folder).join(name),
                log: Arc::clone(&log),
                wavered: Mutex::default(),
            };
            TASK_GIVEN.connect(name, move |event, _| receiver.run(&event.task))
        })
        .collect();
    let backend = Arc::new(LoggingBackend::new(bus, Arc::clone(&log)));
    let outcomes = log;
    let consumer = EventConsumer::new(backend, group)
        .name(life.member())
        .topic(topic)
        .settings(settings())
        .after_message(move |consumed| {
            let Some(event) = consumed.event.as_any().downcast_ref::<TaskGiven>() else { return };
            if consumed.outcome.is_final() {
                let (entry, number) = (consumed.entry.as_str().into(), event.task.number);
                let outcome = format!("{:?}", consumed.outcome).as_str().into();
                outcomes.write(Record::Outcome { entry, number, outcome });
            }
        });
    let result = consumer.run_until_signal(DRAIN);
    drop(connections);
    match result {
        Ok(report) => {
            eprintln!("{report:?}");
            ExitCode::SUCCESS
        }
        Err(error) => failed(&error),
    }
}

fn failed(error: &StopError) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::from(error.exit_code())
}

/// Short times. `check/mod.rs` has those that explain what happens.
fn settings() -> ConsumerSettings {
    ConsumerSettings::new()
        .claim_after(Duration::from_secs(3))
        .heartbeat(Duration::from_millis(600))
        .retry(
            RetryPolicy::new()
                .max_attempts(4)
                .initial_backoff(Duration::from_millis(20))
                .max_backoff(Duration::from_millis(500)),
        )
        .outage_limit(Duration::from_secs(20))
        .batch(50)
        // More than come in an outage, and not so many that what a crash leaves is not done before the next one.
        .max_in_flight(400)
        .start_timeout(Duration::from_mins(1))
        // Those that are connected do not count.
        .allow_no_receivers(true)
}

struct Receiver {
    name: &'static str,
    /// While there is this file, every run fails.
    outage: PathBuf,
    log: Arc<Log>,
    /// The tasks that have failed once.
    wavered: Mutex<BTreeSet<i64>>,
}

impl Receiver {
    fn run(&self, task: &Task) -> Result<(), BoxError> {
        let (number, receiver) = (task.number, self.name.into());
        self.log.write(Record::Begin { number, receiver });
        let result = self.work(task);
        let receiver = self.name.into();
        self.log.write(match &result {
            Ok(()) => Record::Done { number, receiver },
            Err(_) => Record::Failed { number, receiver },
        });
        result
    }

    fn work(&self, task: &Task) -> Result<(), BoxError> {
        let fate = if task.receiver == self.name { Fate::of(&task.fate) } else { None };
        let is_first = || self.wavered.lock().unwrap_or_else(PoisonError::into_inner).insert(task.number);
        match fate {
            Some(Fate::Kills) => process::abort(),
            Some(Fate::FailsForGood) => return Err(Permanent::new("of no use").into()),
            Some(Fate::Fails) => return Err("it always fails".into()),
            Some(Fate::Wavers) if is_first() => return Err("not yet".into()),
            _ if self.outage.exists() => return Err("an outage".into()),
            Some(Fate::Hangs) => thread::sleep(Duration::from_secs(1)),
            Some(Fate::Wavers | Fate::Healthy) | None => {}
        }
        Ok(())
    }
}
