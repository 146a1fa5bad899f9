//! A program whose receivers are wired by `EVENT_RECEIVERS`. It sends, or has the commands of openedx-events.

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use openedx_events::bus::{self, BusSettings, EventConsumer, Message, Topic};
use openedx_events::{AnySignal, Responses, Wiring, check, receiver, registry_summary, signal};

/// An order was placed.
#[signal("org.example.shop.order.placed.v1")]
#[derive(Clone)]
pub struct OrderPlaced {
    /// The number of the order.
    pub number: i64,
}

/// An order was paid.
#[signal("org.example.shop.order.paid.v1")]
#[derive(Clone)]
pub struct OrderPaid {
    /// The number of the order.
    pub number: i64,
}

/// A shelf was filled.
#[signal("org.example.store.shelf.filled.v1")]
#[derive(Clone)]
pub struct ShelfFilled {
    /// The number of the shelf.
    pub number: i64,
}

#[receiver(ORDER_PLACED)]
fn pack(number: i64) {
    println!("packed {number}");
}

#[receiver(ORDER_PLACED, off)]
fn insure(number: i64) {
    println!("insured {number}");
}

#[receiver(ORDER_PLACED, ORDER_PAID)]
fn count(number: i64) {
    println!("counted {number}");
}

#[receiver(any)]
fn audit(signal: &dyn AnySignal) {
    println!("audited {}", signal.event_type());
}

/// Where copies go.
struct Archive;

/// Its state is never provided.
#[receiver(ORDER_PAID, off)]
fn archive(number: i64, #[state] _archive: &Archive) {
    println!("archived {number}");
}

#[receiver(any, off)]
async fn mirror(signal: &dyn AnySignal) {
    tokio::task::yield_now().await;
    println!("mirrored {}", signal.event_type());
}

fn main() -> ExitCode {
    let args: Vec<_> = std::env::args().skip(1).collect();
    let done = match args.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["send-all"] => send_all(),
        ["apply-late"] => apply_late(),
        ["apply-again"] => apply_again(),
        ["summary"] => summary(),
        ["over-the-bus", file] => over_the_bus(file),
        _ => return openedx_events::cli::main(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::from(2)
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn send_all() -> Result<(), Box<dyn Error>> {
    // None of these makes the receivers final.
    check()?;
    registry_summary();
    Wiring::environment()?.apply()?;
    let all: [Responses; 3] = [
        ORDER_PLACED.send_event_async(OrderPlaced { number: 1 }).await,
        ORDER_PAID.send_event_async(OrderPaid { number: 2 }).await,
        SHELF_FILLED.send_event_async(ShelfFilled { number: 3 }).await,
    ];
    for responses in all {
        let paths: Vec<_> = responses.iter().map(|response| response.receiver.path.to_string()).collect();
        println!("{}: {}", responses.event_type(), paths.join(" "));
    }
    Ok(())
}

/// After the first send.
fn apply_late() -> Result<(), Box<dyn Error>> {
    let wiring = Wiring::environment()?;
    SHELF_FILLED.send_event(ShelfFilled { number: 1 });
    // This changes nothing.
    Wiring::new().apply()?;
    Ok(wiring.apply()?)
}

/// The last one before the first send counts, and may be applied again.
fn apply_again() -> Result<(), Box<dyn Error>> {
    Wiring::new().disable("wired::audit").disable("wired::count").apply()?;
    let last = Wiring::new().enable("wired::insure").events("wired::audit", ["org.example.store.*"]);
    last.apply()?;
    let responses = ORDER_PLACED.send_event(OrderPlaced { number: 1 });
    println!("{}", responses.len());
    last.apply()?;
    last.disable("wired::insure").apply()?;
    Ok(())
}

fn summary() -> Result<(), Box<dyn Error>> {
    Wiring::environment()?.apply()?;
    println!("{}", registry_summary());
    Ok(())
}

fn over_the_bus(file: &str) -> Result<(), Box<dyn Error>> {
    let settings =
        BusSettings::layers().toml("events.toml", &std::fs::read_to_string(file)?).environment().read()?;
    let bus = bus::open_with("memory:shop", &settings)?;
    let topic = Topic::new("orders")?;
    let messages = [
        Message::of_event(&OrderPlaced { number: 1 }, &ORDER_PLACED.generate_metadata())?,
        Message::of_event(&ShelfFilled { number: 2 }, &SHELF_FILLED.generate_metadata())?,
    ];
    bus.producer()?.publish(&topic, &messages)?;
    let running = EventConsumer::new(bus, "packers").topic(topic).settings(settings.consumer).start()?;
    let processed = || {
        let report = running.report();
        report.done + report.suppressed.no_receivers
    };
    while processed() < 2 && !running.wait(Duration::from_millis(5)) {}
    running.stop(Duration::from_secs(5))?;
    Ok(())
}
