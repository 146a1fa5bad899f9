//! Sends where few programs do, and prints what comes of it.

use std::cell::Cell;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dtor::dtor;
use fork::{Fork, fork};
use openedx_events::bus::{self, BusSettings, EventConsumer, EventProducer, Message, Topic};
use openedx_events::{EventsMetadata, receiver, signal};
use tracing::span;
use tracing::{Event, Level, Metadata, Subscriber};

/// Sent when a bell has rung.
#[signal("org.example.house.bell.rung.v1")]
#[derive(Clone)]
pub struct BellRung {
    /// How often.
    pub times: i64,
    /// Where.
    pub house: String,
}

/// A bell that has rung this number of times.
fn bell(times: i64) -> BellRung {
    BellRung { times, house: "corner".to_owned() }
}

/// Prints the id of the event, in one write: other processes print at the same time.
#[receiver(BELL_RUNG)]
fn hear(event: &BellRung, metadata: &EventsMetadata) {
    let line = format!("{} {}\n", event.times, metadata.id());
    io::stdout().write_all(line.as_bytes()).expect("stdout");
}

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("fork") => forks(),
        Some("layer") => logs(),
        Some("errors") => errors(),
        Some("exit") => exits(),
        Some("producer") => forks_with_a_producer(),
        Some("consumer") => forks_with_a_consumer(),
        Some("spawned") => forks_with_a_spawned_receiver(),
        Some("file") => forks_with_a_file(),
        Some("redis") => forks_with_a_server(),
        other => panic!("{other:?}"),
    }
}

/// A pre-fork server: it has sent before, and each of its processes sends.
fn forks() {
    BELL_RUNG.send_event(bell(0));
    let mut children = Vec::new();
    for _ in 0..8 {
        match fork().expect("a process") {
            Fork::Parent(child) => children.push(child),
            Fork::Child => {
                for times in 1..=3 {
                    BELL_RUNG.send_event(bell(times));
                }
                std::process::exit(0);
            }
        }
    }
    for child in children {
        fork::waitpid(child).expect("it has ended");
    }
    BELL_RUNG.send_event(bell(1));
}

/// Runs this in a process that is forked, and waits for it.
fn in_a_child(run: impl FnOnce()) {
    match fork().expect("a process") {
        Fork::Parent(child) => {
            let status = fork::waitpid(child).expect("it has ended");
            println!("the child has ended: {status}");
        }
        Fork::Child => {
            run();
            std::process::exit(0);
        }
    }
}

/// The settings of a producer on the bus of this address.
fn settings(url: &str) -> BusSettings {
    let text = format!(
        r#"
        EVENT_BUS_URL = "{url}"
        [EVENT_BUS_PRODUCER_CONFIG."org.example.house.bell.rung.v1".bells]
        event_key_field = "house"
        enabled = true
        "#
    );
    BusSettings::layers().toml("settings", &text).read().expect("settings")
}

/// The producer starts before the fork, and another one behind it.
fn forks_with_a_producer() {
    let producer = EventProducer::start(&settings("memory:")).expect("a producer");
    let child = &producer;
    in_a_child(move || {
        println!("child: {}", BELL_RUNG.send_event(bell(1)));
        println!("ready: {}", child.is_ready());
        let own = EventProducer::start(&settings("memory:")).expect("a producer");
        println!("child: {}", BELL_RUNG.send_event(bell(2)));
        println!("published: {}", own.shutdown(Duration::from_secs(20)).expect("it is published").published);
    });
    println!("parent: {}", BELL_RUNG.send_event(bell(3)));
    println!("published: {}", producer.shutdown(Duration::from_secs(20)).expect("it is published").published);
}

/// The consumer starts before the fork.
fn forks_with_a_consumer() {
    let bus = bus::open("memory:").expect("a bus");
    let topic = Topic::new("bells").expect("a topic");
    let running = EventConsumer::new(bus.clone(), "house").topic(topic.clone()).start().expect("a consumer");
    // Both have it, and only the parent has the threads.
    let mut running = Some(running);
    match fork().expect("a process") {
        Fork::Parent(child) => {
            fork::waitpid(child).expect("it has ended");
        }
        Fork::Child => {
            let running = running.take().expect("a consumer");
            println!("{:?} {}", running.health().reasons, running.wait(Duration::from_mins(1)));
            let started = Instant::now();
            println!("{:?}", running.stop(Duration::from_mins(1)).map_err(|error| error.to_string()));
            println!("at once: {}", started.elapsed() < Duration::from_secs(30));
            std::process::exit(0);
        }
    }
    let message = Message::of_event(&bell(4), &BELL_RUNG.generate_metadata()).expect("a message");
    bus.producer().expect("a producer").publish(&topic, &[message]).expect("it is published");
    let running = running.expect("a consumer");
    while running.report().done < 1 && !running.wait(Duration::from_millis(5)) {}
    println!("done: {}", running.stop(Duration::from_secs(20)).expect("it stops").done);
}

/// Sent when a guest has come.
#[signal("org.example.house.guest.arrived.v1")]
pub struct GuestArrived {
    /// The name.
    pub name: String,
}

/// Is in the house until the program lets the guest go.
#[receiver(GUEST_ARRIVED)]
async fn stay(_name: &str) {
    while !MAY_GO.load(Ordering::Relaxed) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

static MAY_GO: AtomicBool = AtomicBool::new(false);

/// A spawned receiver runs when the process is forked.
fn forks_with_a_spawned_receiver() {
    let runtime = || tokio::runtime::Builder::new_multi_thread().enable_time().build().expect("a runtime");
    let here = runtime();
    here.block_on(async { GUEST_ARRIVED.send_event("Ada".to_owned()) });
    in_a_child(|| {
        runtime().block_on(openedx_events::drain());
        println!("child: {}", openedx_events::spawn_metrics().completed);
    });
    println!("parent: {}", openedx_events::spawn_metrics().completed);
    MAY_GO.store(true, Ordering::Relaxed);
    here.block_on(openedx_events::drain());
    println!("parent: {}", openedx_events::spawn_metrics().completed);
}

/// The bus in a file is opened before the fork.
fn forks_with_a_file() {
    let url = std::env::args().nth(2).expect("an address");
    let topic = Topic::new("bells").expect("a topic");
    let message = || Message::of_event(&bell(1), &BELL_RUNG.generate_metadata()).expect("a message");
    let bus = bus::open(&url).expect("a bus");
    let mut producer = bus.producer().expect("a producer");
    producer.publish(&topic, &[message()]).expect("it is published");
    match fork().expect("a process") {
        Fork::Parent(child) => {
            fork::waitpid(child).expect("it has ended");
        }
        Fork::Child => {
            println!("{:?}", producer.publish(&topic, &[message()]).map_err(|error| error.to_string()));
            println!("{:?}", bus.groups(&topic).map_err(|error| error.to_string()));
            println!("{:?}", bus::open(&url).map(drop).map_err(|error| error.to_string()));
            drop((producer, bus));
            std::process::exit(0);
        }
    }
    producer.publish(&topic, &[message()]).expect("it is published");
    println!("stored: {}", bus.browse(&topic, None, 10).expect("entries").len());
}

/// The bus on a server is opened, and used, before the fork.
fn forks_with_a_server() {
    let bus = bus::open(&std::env::args().nth(2).expect("an address")).expect("a bus");
    let topic = Topic::new("bells").expect("a topic");
    let mut producer = bus.producer().expect("a producer");
    let mut publish = |times| {
        let message = Message::of_event(&bell(times), &BELL_RUNG.generate_metadata()).expect("a message");
        producer.publish(&topic, &[message]).expect("it is published");
    };
    publish(0);
    let mut children = Vec::new();
    // At the same time: on one connection they would read the replies of each other.
    for _ in 0..4 {
        match fork().expect("a process") {
            Fork::Parent(child) => children.push(child),
            Fork::Child => {
                (1..=50).for_each(&mut publish);
                std::process::exit(i32::from(bus.groups(&topic).is_err()));
            }
        }
    }
    (1..=50).for_each(&mut publish);
    for child in children {
        println!("the child has ended: {}", fork::waitpid(child).expect("it has ended"));
    }
    println!("stored: {}", bus.browse(&topic, None, 1000).expect("entries").len());
}

/// Whether something is sent when the program exits.
static SENDS_AT_EXIT: AtomicBool = AtomicBool::new(false);

struct SendsWhenDropped;

impl Drop for SendsWhenDropped {
    fn drop(&mut self) {
        BELL_RUNG.send_event(bell(2));
    }
}

thread_local! {
    static SENT: Cell<Option<SendsWhenDropped>> = const { Cell::new(None) };
}

/// Sends when thread-locals are dropped: those of a thread, then those of the first one, and behind them.
fn exits() {
    SENDS_AT_EXIT.store(true, Ordering::Relaxed);
    let set = || SENT.set(Some(SendsWhenDropped));
    // It has never sent before, so that all that a send needs comes after what is dropped first.
    std::thread::spawn(set).join().expect("it has ended");
    set();
    BELL_RUNG.send_event(bell(1));
}

#[dtor(unsafe)]
fn exit() {
    if SENDS_AT_EXIT.load(Ordering::Relaxed) {
        BELL_RUNG.send_event(bell(3));
    }
}

/// Takes the log, and sends for each line of a level.
struct Sends {
    level: Level,
    send: fn(),
}

impl Subscriber for Sends {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() == self.level
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {
        (self.send)();
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

impl Sends {
    /// From now on, and for each line of this level.
    fn for_each(level: Level, send: fn()) {
        tracing::subscriber::set_global_default(Self { level, send }).expect("the first one");
    }
}

/// No service name is set, which is warned of at the first send.
fn logs() {
    Sends::for_each(Level::WARN, || {
        BELL_RUNG.send_event(bell(2));
    });
    BELL_RUNG.send_event(bell(1));
}

/// Sent for each error.
#[signal("org.example.house.alarm.raised.v1")]
pub struct AlarmRaised {
    /// How loud.
    pub volume: i64,
}

/// An error, for which the event is sent again.
#[receiver(ALARM_RAISED)]
fn fail(volume: i64) -> Result<(), String> {
    println!("{volume}");
    Err("nobody is at home".to_owned())
}

/// A circle by way of the log, with registered receivers alone and with connected ones.
fn errors() {
    // That of a refused send is one, too.
    Sends::for_each(Level::ERROR, || {
        let responses = ALARM_RAISED.send_event(1);
        if responses.is_empty() {
            println!("{responses}");
        }
    });
    ALARM_RAISED.send_event(0);
    println!("connected");
    let _connection = ALARM_RAISED.connect("listen", |_, _| Ok(()));
    ALARM_RAISED.send_event(0);
}
