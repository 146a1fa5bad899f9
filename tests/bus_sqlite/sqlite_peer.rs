//! Another process on the bus in a file: `publish PATH TOPIC FIRST COUNT`, `consume PATH TOPIC GROUP NAME`, and `hold` with
//! the arguments of `consume`, which acknowledges nothing.
//!
//! Prints one payload a line: of each message that is stored, acknowledged or held. Ends when its standard input is
//! closed; `publish` also when it is done.
//!
//! `park` with the arguments of `consume` parks one entry, and prints its payload.
//!
//! `lock PATH TOPIC` takes the lock for writing, prints `locked`, and keeps it.
//!
//! `receive PATH TOPIC GROUP NAME GATE` runs receivers on [`ChoreGiven`](event::ChoreGiven) events. Each prints the number of its event, waits
//! until the file `GATE` exists, and fails if there is a word in it. When the standard input is closed, the consumer stops
//! and prints its report.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use std::{env, fs, process, thread};

use openedx_events::Permanent;
use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::{
    Backend as _, ConsumerSettings, EntryWrite, EventConsumer, Header, Message, Parking, Subscription, Topic,
    Waiting, headers,
};

use self::event::CHORE_GIVEN;

mod event;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    if let ["receive", path, topic, group, name, gate] = *arguments.as_slice() {
        return receive(path, topic, group, name, gate);
    }
    thread::spawn(|| {
        // The test is over.
        let _ = io::stdin().read_to_end(&mut Vec::new());
        process::exit(0);
    });
    match *arguments.as_slice() {
        ["publish", path, topic, first, count] => publish(path, topic, first.parse()?, count.parse()?),
        ["consume", path, topic, group, name] => consume(path, topic, group, name, true),
        ["hold", path, topic, group, name] => consume(path, topic, group, name, false),
        ["park", path, topic, group, name] => park(path, topic, group, name),
        ["lock", path, _] => lock(path),
        _ => Err("which?".into()),
    }
}

fn lock(path: &str) -> Result<(), Box<dyn Error>> {
    let file = File::open(format!("{path}.lock"))?;
    file.lock()?;
    println!("locked");
    loop {
        thread::park();
    }
}

fn park(path: &str, topic: &str, group: &str, name: &str) -> Result<(), Box<dyn Error>> {
    let bus = Sqlite::open(path)?;
    let consumer = bus.consumer(&Subscription::new(Topic::new(topic)?, group, name))?;
    let batch = consumer.read(1, Duration::from_hours(1), &[])?;
    let [delivery] = &*batch.deliveries else { return Err("no entry".into()) };
    let waiting = [Waiting::new("house::oil", SystemTime::now())];
    let parking = Parking { delivery, waiting: &waiting, dead_letter: None };
    let written = consumer.parked().ok_or("it does not park")?.park(&[parking])?;
    let [EntryWrite::Done(_)] = *written else { return Err("not parked".into()) };
    let text = delivery.message.payload.as_deref().unwrap_or_default();
    writeln!(io::stdout(), "{}", String::from_utf8_lossy(text))?;
    loop {
        thread::park();
    }
}

fn receive(path: &str, topic: &str, group: &str, name: &str, gate: &str) -> Result<(), Box<dyn Error>> {
    let gate = PathBuf::from(gate);
    let _connection = CHORE_GIVEN.connect("do", move |event, _| {
        println!("{}", event.number);
        loop {
            match fs::read_to_string(&gate).as_deref() {
                Ok("") => return Ok(()),
                Ok(word) => return Err(Permanent::new(word.to_owned()).into()),
                Err(_) => thread::sleep(Duration::from_millis(5)),
            }
        }
    });
    let mut settings = ConsumerSettings::default();
    settings.claim_after = Duration::from_millis(500);
    settings.heartbeat = Duration::from_millis(100);
    // Ours is connected, not declared.
    settings.allow_no_receivers = true;
    let bus = Arc::new(Sqlite::open(path)?);
    let consumer = EventConsumer::new(bus, group).name(name).topic(Topic::new(topic)?).settings(settings);
    let running = consumer.start()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    let report = running.stop(Duration::from_secs(30))?;
    println!("done {} dead {}", report.done, report.dead);
    Ok(())
}

/// Five keys, so that the order of each can be seen.
fn publish(path: &str, topic: &str, first: usize, count: usize) -> Result<(), Box<dyn Error>> {
    let (bus, topic) = (Sqlite::open(path)?, Topic::new(topic)?);
    let mut producer = bus.producer()?;
    for number in first..first + count {
        let headers = vec![Header::new(headers::PARTITION_KEY, format!("{}", number % 5))];
        producer.publish(&topic, &[Message { headers, payload: Some(number.to_string().into_bytes()) }])?;
        writeln!(io::stdout(), "{number}")?;
    }
    Ok(())
}

fn consume(path: &str, topic: &str, group: &str, name: &str, is_done: bool) -> Result<(), Box<dyn Error>> {
    let (bus, topic) = (Sqlite::open(path)?, Topic::new(topic)?);
    let mut subscription = Subscription::new(topic, group, name);
    subscription.claim_after = Duration::from_mins(10);
    let consumer = bus.consumer(&subscription)?;
    loop {
        let batch = consumer.read(10, Duration::from_hours(1), &[])?;
        let entries: Vec<_> = batch.deliveries.iter().map(|delivery| delivery.entry.clone()).collect();
        // Printed before it is acknowledged, so that the lines are in the order of the work.
        let mut lines = Vec::new();
        for delivery in &batch.deliveries {
            lines.extend_from_slice(delivery.message.payload.as_deref().unwrap_or_default());
            lines.push(b'\n');
        }
        io::stdout().write_all(&lines)?;
        if is_done {
            consumer.acknowledge(&entries)?;
        }
    }
}
