//! A user's program with events and receivers of its own and the commands of openedx-events. `bus-cli serve URL TOPIC
//! GROUP` is a service that consumes, `bus-cli ring FOLDER` one that produces: a bell for each line of its input.

use std::error::Error;
use std::fs;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use openedx_events::bus::{self, BusSettings, ConsumerSettings, EventConsumer, EventProducer, Topic, status};
use openedx_events::{EventData, Permanent, Unavailable, receiver, signal};
use openedx_events_tests::console;

/// Who is greeted.
#[derive(Clone, PartialEq, EventData)]
pub struct Guest {
    /// Their name.
    #[event_data(pii)]
    pub name: String,
}

/// Somebody came.
#[signal("org.example.yard.guest.came.v1", key = number)]
#[derive(Clone)]
pub struct GuestCame {
    /// The number of the guest.
    pub number: i64,
    /// Which gate they came through.
    pub gate: String,
    /// Who came.
    pub guest: Guest,
}

/// Something is to be done that takes as long as the test wants it to.
#[signal("org.example.yard.job.given.v1", key = number)]
#[derive(Clone)]
pub struct JobGiven {
    /// The number of the job.
    pub number: i64,
    /// A folder: the receiver leaves a file `begun-<number>` there, waits for `go`, and leaves `done-<number>`.
    pub folder: String,
}

/// Something went wrong for good.
#[signal("org.example.yard.mishap.happened.v1")]
#[derive(Clone)]
pub struct MishapHappened {
    /// The number of the mishap.
    pub number: i64,
}

/// Somebody rang.
#[signal("org.example.yard.bell.rung.v1", key = number)]
#[derive(Clone)]
pub struct BellRung {
    /// Which time it was.
    pub number: i64,
    /// A folder: one receiver adds a line to `heard` there, and the other one, if there is a file `up`, to `answered`.
    pub folder: String,
}

/// A parcel was left at the gate.
#[signal("org.example.yard.parcel.left.v1", key = number)]
#[derive(Clone)]
pub struct ParcelLeft {
    /// The number of the parcel.
    pub number: i64,
    /// A folder: one receiver adds a line to `stored` there, and the other one to `signed`, but fails until there is a file
    /// `fixed`.
    pub folder: String,
}

/// Nothing listens to this.
#[signal("org.example.yard.leaf.fell.v1")]
#[derive(Clone)]
pub struct LeafFell {
    /// The number of the leaf.
    pub number: i64,
}

#[receiver(GUEST_CAME)]
fn greet(number: i64) {
    // On a thread of the consumer, which must not wait for the one that prints the events.
    println!("# greeted {number}");
}

#[receiver(JOB_GIVEN)]
fn work(number: i64, folder: &str) -> io::Result<()> {
    let folder = Path::new(folder);
    fs::write(folder.join(format!("begun-{number}")), "")?;
    while !folder.join("go").exists() {
        thread::sleep(Duration::from_millis(2));
    }
    fs::write(folder.join(format!("done-{number}")), "")
}

#[receiver(BELL_RUNG)]
fn hear(number: i64, folder: &str) -> io::Result<()> {
    write_down(number, &Path::new(folder).join("heard"))
}

#[receiver(BELL_RUNG)]
fn answer(number: i64, folder: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let folder = Path::new(folder);
    if !folder.join("up").exists() {
        return Err(Unavailable::new("the porter sleeps").into());
    }
    Ok(write_down(number, &folder.join("answered"))?)
}

#[receiver(PARCEL_LEFT)]
fn store(number: i64, folder: &str) -> io::Result<()> {
    write_down(number, &Path::new(folder).join("stored"))
}

#[receiver(PARCEL_LEFT)]
fn sign(number: i64, folder: &str) -> Result<(), Box<dyn Error + Send + Sync>> {
    let folder = Path::new(folder);
    if !folder.join("fixed").exists() {
        return Err(Permanent::new(format!("the pen of {number} is dry")).into());
    }
    Ok(write_down(number, &folder.join("signed"))?)
}

fn write_down(number: i64, file: &Path) -> io::Result<()> {
    let mut file = fs::File::options().create(true).append(true).open(file)?;
    file.write_all(format!("{number}\n").as_bytes())
}

#[receiver(MISHAP_HAPPENED)]
fn fail(number: i64) -> Result<(), Permanent> {
    Err(Permanent::new(format!("mishap {number}")))
}

fn main() -> ExitCode {
    if std::env::var_os("YARD_LOG").is_some() {
        console::install(tracing::Level::TRACE);
    }
    let args: Vec<_> = std::env::args().collect();
    match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [_, "serve", url, topic, group] => serve(url, topic, group),
        [_, "ring", folder] => ring(folder),
        _ => openedx_events::cli::main(),
    }
}

fn serve(url: &str, topic: &str, group: &str) -> ExitCode {
    let (Ok(bus), Ok(topic)) = (bus::open(url), Topic::new(topic)) else { return ExitCode::from(2) };
    let mut settings = ConsumerSettings::default();
    settings.stuck_after = Some(Duration::from_secs(3));
    settings.status = std::env::var("EVENT_BUS_STATUS").ok();
    EventConsumer::new(bus, group).topic(topic).settings(settings).run()
}

/// With the settings of the environment.
fn ring(folder: &str) -> ExitCode {
    let started =
        BusSettings::layers().environment().read().map_err(|error| error.to_string()).and_then(|settings| {
            let producer = EventProducer::start(&settings).map_err(|error| error.to_string())?;
            Ok((producer, status::serve("127.0.0.1:0").map_err(|error| error.to_string())?))
        });
    let (producer, endpoints) = match started {
        Ok(started) => started,
        Err(error) => {
            eprintln!("{error}");
            return ExitCode::from(2);
        }
    };
    eprintln!("serving /healthz, /readyz and /metrics at http://{}", endpoints.address());
    for (number, _) in (1..).zip(io::stdin().lines()) {
        let _ = BELL_RUNG.send_event(BellRung { number, folder: folder.to_owned() });
    }
    let is_published = producer.shutdown(Duration::from_secs(10)).is_ok();
    if is_published { ExitCode::SUCCESS } else { ExitCode::from(3) }
}
