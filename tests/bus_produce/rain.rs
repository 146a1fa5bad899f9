//! Events that do not fit in the queue, and what is on the bus of them.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{Backend as _, BusSettings, EventProducer, Topic};
use openedx_events::{AnySignal, signal};
use openedx_events_tests::faulty::Faulty;

macro_rules! drop_signals {
    ($($event:ident: $event_type:literal;)*) => {
        $(
            /// Sent when a drop has fallen.
            #[signal($event_type, key = number)]
            pub(crate) struct $event {
                pub(crate) number: i64,
                pub(crate) text: String,
            }

            impl Rain for $event {
                fn send(number: i64, size: usize) -> Result<(), String> {
                    let event = Self { number, text: "x".repeat(size) };
                    let responses = <Self as openedx_events::Event>::signal().send_event(event);
                    if responses.is_ok() { Ok(()) } else { Err(responses.to_string()) }
                }
            }
        )*
    };
}

// A signal for each test, as producers connect to signals of the whole program.
drop_signals! {
    DropRenamed: "org.example.rain.drop.renamed.v1";
    DropPrefixed: "org.example.rain.drop.prefixed.v1";
    DropDisabled: "org.example.rain.drop.disabled.v1";
    DropFailing: "org.example.rain.drop.failing.v1";
    DropNumbered: "org.example.rain.drop.numbered.v1";
    DropRefused: "org.example.rain.drop.refused.v1";
    DropWithoutBus: "org.example.rain.drop.without_bus.v1";
    DropOfTheDead: "org.example.rain.drop.of_the_dead.v1";
    DropRemoved: "org.example.rain.drop.removed.v1";
    DropReplaced: "org.example.rain.drop.replaced.v1";
    DropDamaged: "org.example.rain.drop.damaged.v1";
    DropWithoutFolder: "org.example.rain.drop.without_folder.v1";
    DropFrozen: "org.example.rain.drop.frozen.v1";
    DropFrozenAndSpilled: "org.example.rain.drop.frozen_and_spilled.v1";
    DropLocked: "org.example.rain.drop.locked.v1";
    DropAfterwards: "org.example.rain.drop.afterwards.v1";
    DropOfTwo: "org.example.rain.drop.of_two.v1";
    DropFlushed: "org.example.rain.drop.flushed.v1";
    DropUnflushed: "org.example.rain.drop.unflushed.v1";
    DropAwaited: "org.example.rain.drop.awaited.v1";
    DropNotAwaited: "org.example.rain.drop.not_awaited.v1";
    DropLost: "org.example.rain.drop.lost.v1";
}

/// An event of these tests.
pub(crate) trait Rain: openedx_events::Event {
    /// Sends one, with a text of this size.
    fn send(number: i64, size: usize) -> Result<(), String>;
}

/// Sends an event that fills the queue, with the number -1, and then those of these numbers.
#[track_caller]
pub(crate) fn spill<E: Rain>(numbers: std::ops::Range<i64>) {
    E::send(-1, 17 << 20).expect("it passes alone");
    send::<E>(numbers);
}

#[track_caller]
pub(crate) fn send<E: Rain>(numbers: std::ops::Range<i64>) {
    for number in numbers {
        E::send(number, 10).expect("accepted");
    }
}

/// Settings of JSON that produce the events of a signal to a topic, with more members.
pub(crate) fn settings(signal: &dyn AnySignal, topic: &str, more: &serde_json::Value) -> BusSettings {
    let mut config = serde_json::json!({
        "EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED": false,
        "EVENT_BUS_PRODUCER_CONFIG": {signal.event_type(): {topic: {"event_key_field": "number", "enabled": true}}}
    });
    for (name, value) in more.as_object().expect("settings") {
        config[name] = value.clone();
    }
    BusSettings::layers().json("test", &config.to_string()).read().expect("the settings are right")
}

pub(crate) fn spilling(signal: &dyn AnySignal, topic: &str, path: &Path) -> BusSettings {
    settings(signal, topic, &serde_json::json!({"EVENT_BUS_SPILL_PATH": path}))
}

#[track_caller]
pub(crate) fn start(faulty: &Faulty, settings: &BusSettings) -> EventProducer {
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty.clone());
    EventProducer::start_on(&backend, settings).expect("started")
}

/// The numbers of the messages in a topic, read from their keys.
pub(crate) fn stored(faulty: &Faulty, topic: &str) -> Vec<i64> {
    let entries =
        faulty.memory.browse(&Topic::new(topic).expect("a topic"), None, usize::MAX).expect("memory");
    let key = |key: Option<&[u8]>| String::from_utf8_lossy(key.expect("a key")).parse().expect("a number");
    entries.iter().map(|delivery| key(delivery.message.key())).collect()
}

pub(crate) const FLUSH: Duration = Duration::from_mins(1);
