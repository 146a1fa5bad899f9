//! The event bus in a file: one process produces, another consumes, is killed in the middle and started again.

use std::collections::BTreeMap;
use std::env;
use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::{self, BusSettings, EventConsumer, EventProducer, Topic};
use openedx_events::{receiver, signal};

/// Sent when a book came back. `BOOK_RETURNED` is its signal.
#[signal("org.example.library.book.returned.v1", key = title)]
struct BookReturned {
    title: String,
    number: i64,
}

/// Where the consumer's receiver writes down what it has seen.
static SEEN: OnceLock<File> = OnceLock::new();

/// Runs in the process that consumes. It is not named anywhere else.
#[receiver(BOOK_RETURNED)]
fn put_back(number: i64) -> io::Result<()> {
    // Slow enough to be killed in the middle of it.
    thread::sleep(Duration::from_millis(3));
    // A line at once, as several receivers may run at a time.
    SEEN.get().map_or(Ok(()), |mut seen| seen.write_all(format!("{number}\n").as_bytes()))
}

const EVENTS: i64 = 300;
const TOPIC: &str = "library";

/// What `main` shows.
pub(crate) fn show() -> Result<(), Box<dyn Error>> {
    let folder = env::temp_dir().join(format!("openedx-events-quickstart-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let shown = show_in(&folder);
    fs::remove_dir_all(&folder)?;
    shown
}

fn show_in(folder: &Path) -> Result<(), Box<dyn Error>> {
    let seen = folder.join("seen.txt");
    let produced = process("produce", folder)?.wait()?;
    assert!(produced.success(), "the producer has failed: {produced}");
    println!("   a process has produced {EVENTS} events into a file, and ended");

    let mut consumer = process("consume", folder)?;
    wait_until(|| count(&seen).len() > 100);
    // SIGKILL on Unix: the process cannot clean up.
    consumer.kill()?;
    consumer.wait()?;
    println!("   the process that consumes was killed after {} of them", count(&seen).len());

    let mut consumer = process("consume", folder)?;
    wait_until(|| count(&seen).len() >= usize::try_from(EVENTS).unwrap_or(usize::MAX));
    // It stops by itself when its input ends.
    drop(consumer.stdin.take());
    let stopped = consumer.wait()?;
    let times = count(&seen);
    let missing = (0..EVENTS).filter(|number| !times.contains_key(number)).count();
    let again = times.values().filter(|times| **times > 1).count();
    println!("   started again it did the rest and stopped: {stopped}");
    println!(
        "   => of {EVENTS} events {missing} are missing, and {again} were delivered twice: they were in flight when it was killed\n"
    );
    if missing == 0 && stopped.success() { Ok(()) } else { Err("events are missing".into()) }
}

/// This program again, as a process of its own. What its receivers print is not shown.
fn process(role: &str, folder: &Path) -> io::Result<Child> {
    let mut command = Command::new(env::current_exe()?);
    command.arg(role).arg(folder).stdin(Stdio::piped()).stdout(Stdio::null()).spawn()
}

/// What this process is to do, if it was started by [`process`].
pub(crate) fn role() -> Option<Result<(), Box<dyn Error>>> {
    let mut arguments = env::args_os().skip(1);
    let (role, folder) = (arguments.next()?, arguments.next()?);
    let folder = Path::new(&folder);
    match role.to_str()? {
        "produce" => Some(produce(folder)),
        "consume" => Some(consume(folder)),
        _ => None,
    }
}

fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("events.db").display())
}

/// The process that produces: configured signals go to the bus by themselves.
fn produce(folder: &Path) -> Result<(), Box<dyn Error>> {
    let settings = BusSettings::layers()
        .toml(
            "bus.toml",
            r#"
            EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED = false
            [EVENT_BUS_PRODUCER_CONFIG."org.example.library.book.returned.v1".library]
            event_key_field = "title"
            enabled = true
            "#,
        )
        .variables([("EVENT_BUS_URL".to_owned(), url(folder))])
        .read()?;
    let producer = EventProducer::start(&settings)?;
    for number in 0..EVENTS {
        let title = format!("Volume {}", number % 12);
        BOOK_RETURNED.send_event(BookReturned { title, number }).into_result()?;
    }
    // What is still in the queue is published; an error if that takes too long.
    producer.shutdown(Duration::from_secs(30))?;
    Ok(())
}

/// The process that consumes, until its input ends.
fn consume(folder: &Path) -> Result<(), Box<dyn Error>> {
    let seen = OpenOptions::new().create(true).append(true).open(folder.join("seen.txt"))?;
    SEEN.get_or_init(|| seen);
    let bus = bus::open(&url(folder))?;
    let consumer = EventConsumer::new(bus, "shelves").name("librarian").topic(Topic::new(TOPIC)?).start()?;
    io::stdin().read_to_end(&mut Vec::new())?;
    consumer.stop(Duration::from_secs(25))?;
    Ok(())
}

/// How often each event was seen.
fn count(seen: &Path) -> BTreeMap<i64, usize> {
    let mut times = BTreeMap::new();
    for number in fs::read_to_string(seen).unwrap_or_default().lines().filter_map(|line| line.parse().ok()) {
        *times.entry(number).or_default() += 1;
    }
    times
}

fn wait_until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(60), "the consumer is too slow");
        thread::sleep(Duration::from_millis(5));
    }
}
