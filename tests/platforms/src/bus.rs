//! The event bus in a file, and a connection to Redis that has TLS.

use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{env, fs, process, thread};

use openedx_events::BoxError;
use openedx_events::bus::{self, ErrorKind, EventConsumer, Message, Topic};

use crate::{AWAITED, HEARD, KETTLE_BOILED, KettleBoiled};

const PAUSE: Duration = Duration::from_millis(5);

/// Publishes an event, and consumes it.
pub(crate) fn consume() -> Result<(), BoxError> {
    let folder = env::temp_dir().join(format!("platforms-{}", process::id()));
    fs::create_dir_all(&folder)?;
    let bus = bus::open(&format!("sqlite:{}", folder.join("kettles.db").display()))?;
    let topic = Topic::new("kettles")?;
    let message = Message::of_event(&KettleBoiled { litres: 5 }, &KETTLE_BOILED.generate_metadata())?;
    let running = EventConsumer::new(bus.clone(), "house").topic(topic.clone()).start()?;
    while !running.is_ready() {
        thread::sleep(PAUSE);
    }
    bus.producer()?.publish(&topic, &[message])?;
    while AWAITED.load(Ordering::Relaxed) < 7 || HEARD.load(Ordering::Relaxed) < 7 {
        thread::sleep(PAUSE);
    }
    running.stop(Duration::from_secs(10))?;
    fs::remove_dir_all(&folder)?;

    // Nothing listens there; the TLS is set up before.
    let error = bus::open("rediss://127.0.0.1:1")?.producer().err().ok_or("there is a server at port 1")?;
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    println!("consumed from a file");

    let listed = openedx_events::cli::run(["platforms", "list"]);
    assert_eq!(listed, process::ExitCode::SUCCESS);
    Ok(())
}
