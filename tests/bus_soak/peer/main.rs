//! A process of the soak: `soak-peer produce URL TOPIC LIFE LOG FIRST SEED`, `soak-peer consume URL TOPIC LIFE LOG GROUP FOLDER`.
//!
//! Ends cleanly at SIGTERM, with the exit codes of `EventConsumer::run`. Receivers fail while the folder has a file of their
//! name. See `event.rs` for what else happens, and `log.rs` for what is logged.

mod consumer;
#[path = "../event.rs"]
mod event;
#[path = "../log.rs"]
mod log;
mod logging_backend;
mod producer;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{env, path::Path};

use openedx_events::BoxError;
use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::sqlite::{self, Sqlite};
use openedx_events::bus::{Backend, Topic};
use openedx_events_tests::console;

use self::log::{Life, Log};

fn main() -> Result<ExitCode, BoxError> {
    console::install(tracing::Level::INFO);
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let [command, url, topic, life, log, rest @ ..] = arguments.as_slice() else {
        return Err("which?".into());
    };
    let (bus, topic) = (open(url)?, Topic::new(topic)?);
    let log = Arc::new(Log::open(Path::new(log), life.parse::<Life>()?)?);
    match (*command, rest) {
        ("produce", [first, seed]) => producer::run(&bus, &topic, &log, first.parse()?, seed.parse()?),
        ("consume", [group, folder]) => Ok(consumer::run(bus, topic, &life.parse()?, log, group, folder)),
        _ => Err("which?".into()),
    }
}

/// For how long a file is tried to be opened that others have locked.
const OPEN_TIMEOUT: Duration = Duration::from_mins(1);

/// The bus at an address, with short timeouts, which removes nothing.
fn open(url: &str) -> Result<Arc<dyn Backend>, BoxError> {
    if let Some(path) = url.strip_prefix("sqlite:") {
        let started = Instant::now();
        loop {
            let options = sqlite::Options::new().retention(Duration::from_hours(24));
            match Sqlite::open_with(path, options) {
                // Several faults after each other can lock the file for longer than one call waits.
                Err(error) if error.is_transient() && started.elapsed() < OPEN_TIMEOUT => {
                    tracing::warn!(%error, "cannot open the bus yet");
                }
                opened => return Ok(Arc::new(opened?)),
            }
        }
    }
    let mut options = Options::default();
    options.connect_timeout = Duration::from_millis(500);
    options.response_timeout = Duration::from_millis(500);
    Ok(Arc::new(Redis::open_with(url, options)?))
}
