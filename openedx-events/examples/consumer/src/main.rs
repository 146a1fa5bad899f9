//! A consumer of the event bus: retries, dead letters and a graceful stop.
//!
//! ```text
//! cargo run -p example-consumer                    consumes until SIGTERM or ctrl-c
//! cargo run -p example-consumer -- publish         publishes three events, from another terminal
//! cargo run -p example-consumer -- dead-letters    shows the events that could not be processed
//! ```
//!
//! The bus is a file, `payments.db`. `EVENT_BUS_URL=redis://localhost` in the environment makes it a Redis server.

use std::env;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use openedx_events::bus::{self, Backend, BusSettings, EventConsumer, Message, Topic};
use openedx_events::{BoxError, Permanent, receiver, signal};

/// Defaults of this program. The environment overrides them.
const SETTINGS: &str = r#"
EVENT_BUS_URL = "sqlite:payments.db"

[EVENT_BUS_CONSUMER_CONFIG]
workers = 4
retry = { max_attempts = 5, initial_backoff = "200ms", max_backoff = "30s" }
"#;

/// Sent when a payment is due. Events of one account are processed in order.
#[signal("org.example.bank.payment.requested.v1", key = account)]
struct PaymentRequested {
    account: String,
    cents: i64,
}

/// Its arguments override the settings. `dedup`: an event that is redelivered is not processed twice.
#[receiver(PAYMENT_REQUESTED, max_attempts = 8, initial_backoff = "50ms", dedup)]
fn pay(account: &str, cents: i64, #[state] bank: &Bank) -> Result<(), BoxError> {
    if cents <= 0 {
        // Another attempt cannot succeed: a dead letter at once.
        return Err(Permanent::new("not a positive amount").into());
    }
    // Any other error is retried, with growing pauses.
    bank.transfer(account, cents)
}

/// Stands in for a client of a remote service. Its first call fails.
#[derive(Default)]
struct Bank {
    is_reachable: AtomicBool,
}

impl Bank {
    fn transfer(&self, account: &str, cents: i64) -> Result<(), BoxError> {
        if !self.is_reachable.swap(true, Ordering::Relaxed) {
            return Err("the bank does not answer".into());
        }
        tracing::info!(account, cents, "paid");
        Ok(())
    }
}

fn main() -> Result<ExitCode, BoxError> {
    tracing_subscriber::fmt::init();
    let settings = BusSettings::layers().toml("SETTINGS", SETTINGS).environment().read()?;
    let bus = bus::open_with(settings.url.as_deref().unwrap_or_default(), &settings)?;
    let topic = Topic::with_prefix(&settings.topic_prefix, "payments")?;
    match env::args().nth(1).as_deref() {
        Some("publish") => publish(&*bus, &topic)?,
        Some("dead-letters") => show_dead_letters(&*bus, &topic)?,
        Some(other) => return Err(format!("unknown command `{other}`").into()),
        None => {
            openedx_events::provide(Bank::default())?;
            openedx_events::check()?;
            // At a signal, receivers that run have 25 seconds to finish. The exit code is 0 if they do.
            return Ok(EventConsumer::new(bus, "bank").topic(topic).settings(settings.consumer).run());
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn publish(bus: &dyn Backend, topic: &Topic) -> Result<(), BoxError> {
    let mut messages = Vec::new();
    for (account, cents) in [("ada", 1250), ("grace", 800), ("nobody", 0)] {
        let event = PaymentRequested { account: account.to_owned(), cents };
        messages.push(Message::of_event(&event, &PAYMENT_REQUESTED.generate_metadata())?);
    }
    // Returns when the bus has stored them.
    bus.producer()?.publish(topic, &messages)?;
    Ok(())
}

fn show_dead_letters(bus: &dyn Backend, topic: &Topic) -> Result<(), BoxError> {
    for dead_letter in bus.browse(&topic.dead_letters(), None, 100)? {
        let header = |name| String::from_utf8_lossy(dead_letter.message.header(name).unwrap_or_default());
        println!("{} of {}: {}", dead_letter.entry, header("type"), header("dlq_error"));
    }
    Ok(())
}
