//! A service with two receivers: `fault-service URL TOPICS GROUP NAME FOLDER DRAIN`.
//!
//! `TOPICS` are separated by commas, `DRAIN` is in milliseconds, and `EVENT_BUS_CONSUMER_CONFIG` has the settings. The file `log`
//! in the folder gets a line `MILLISECONDS PROCESS WHAT NUMBER` for each run: `steady` when that receiver has run, `tried` when
//! `shaky` begins, and `shaky` when it has succeeded. Warnings and errors go to the standard error. With
//! `FAULTS_HEALTH` in the environment the file `health` has what the consumer says of its health: `ready`, or the reasons, and then
//! the circuits. With `FAULTS_WITHOUT_PARKING` it is a service of a release that knows no parked events.

mod event;
mod without_parking;

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};
use std::{env, fmt, fs, process, thread};

use openedx_events::bus::{self, BusSettings, ConsumerReport, EventConsumer, StopError, Topic};
use openedx_events::{BoxError, receiver};
use openedx_events_tests::console;
use signal_hook::consts::SIGTERM;
use tracing::Level;

use self::event::{JOB_SENT, JobSent};
use self::without_parking::WithoutParking;

static FOLDER: OnceLock<PathBuf> = OnceLock::new();
static LOG: OnceLock<File> = OnceLock::new();

/// Adds a line to the log, in one write, so that lines of several processes do not mix.
fn log(what: &str, number: i64) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
    let line = format!("{now} {} {what} {number}\n", process::id());
    if LOG.get().is_none_or(|mut log| log.write_all(line.as_bytes()).is_err()) {
        process::abort();
    }
}

fn exists(name: &str) -> bool {
    FOLDER.get().is_some_and(|folder| folder.join(name).exists())
}

/// An error that panics when it is dropped.
#[derive(Debug)]
struct Bomb;

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bomb")
    }
}

impl std::error::Error for Bomb {}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("the bomb goes off");
    }
}

#[receiver(JOB_SENT)]
fn steady(number: i64) {
    log("steady", number);
}

#[receiver(JOB_SENT)]
fn shaky(event: &JobSent) -> Result<(), BoxError> {
    log("tried", event.number);
    match event.fate.as_str() {
        "bad" => return Err("it never works".into()),
        "down" if exists("down") => return Err("the database is down".into()),
        "drop" => return Err(Bomb.into()),
        "held" => {
            while exists("held") {
                thread::sleep(Duration::from_millis(5));
            }
        }
        _ => {}
    }
    log("shaky", event.number);
    Ok(())
}

/// Consumes until SIGTERM, and writes down what the consumer says of itself.
fn run_watched(consumer: EventConsumer, drain: Duration, health: &Path) -> Result<ConsumerReport, StopError> {
    let is_over = Arc::new(AtomicBool::new(false));
    if signal_hook::flag::register(SIGTERM, Arc::clone(&is_over)).is_err() {
        process::abort();
    }
    let running = consumer.start()?;
    while !is_over.load(Ordering::Relaxed) && !running.wait(Duration::from_millis(20)) {
        let now = running.health();
        let said = if now.is_ready { "ready".to_owned() } else { now.reasons.join("; ") };
        let text = format!("{said}\n{:?}\n", now.circuits);
        let draft = health.with_extension("draft");
        // Renamed, so that nobody reads half of it.
        if fs::write(&draft, text).and_then(|()| fs::rename(&draft, health)).is_err() {
            process::abort();
        }
    }
    running.stop(drain)
}

fn main() -> Result<ExitCode, BoxError> {
    console::install(Level::WARN);
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [url, topics, group, name, folder, drain] = arguments.as_slice() else {
        return Err("fault-service URL TOPICS GROUP NAME FOLDER DRAIN".into());
    };
    let folder = FOLDER.get_or_init(|| folder.into());
    let file = OpenOptions::new().create(true).append(true).open(folder.join("log"))?;
    LOG.get_or_init(|| file);
    let settings = BusSettings::layers().environment().read()?;
    let mut backend = bus::open(url)?;
    if env::var_os("FAULTS_WITHOUT_PARKING").is_some() {
        backend = Arc::new(WithoutParking::new(backend));
    }
    let mut consumer = EventConsumer::new(backend, group).name(name).settings(settings.consumer);
    for topic in topics.split(',') {
        consumer = consumer.topic(Topic::new(topic)?);
    }
    let drain = Duration::from_millis(drain.parse()?);
    let ended = if env::var_os("FAULTS_HEALTH").is_some() {
        run_watched(consumer, drain, &folder.join("health"))
    } else {
        consumer.run_until_signal(drain)
    };
    Ok(match ended {
        Ok(report) => {
            eprintln!("{report:?}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(error.exit_code())
        }
    })
}
