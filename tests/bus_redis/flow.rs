//! Events that go from the real producer to the real consumer, and a record of those that are done.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{
    Backend, BusSettings, ConsumerSettings, EntryId, EventConsumer, EventOutcome, EventProducer,
    RunningConsumer, Topic,
};
use openedx_events::{AnySignal, Event, EventData, signal};
use openedx_events_tests::random;

/// Longer than anything takes that succeeds.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(1);
/// The timeout for a response of the server.
pub(crate) const RESPONSE: Duration = Duration::from_millis(300);

/// The seed of all random values. `FAULTS_SEED` repeats a run.
pub(crate) static SEED: LazyLock<u64> = LazyLock::new(|| random::seed("FAULTS_SEED"));

/// The data of an event.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct Item {
    /// The key of the message, which keeps its order.
    pub(crate) key: String,
    /// Unique, and increasing within a key.
    pub(crate) number: i64,
}

/// The event of one test: a producer connects to signals of the whole program.
pub(crate) trait Flowing: Event {
    fn of(item: Item) -> Self;
    fn item(&self) -> &Item;
}

macro_rules! flowing {
    ($($event:ident: $event_type:literal;)*) => {
        $(
            /// Sent by a test.
            #[signal($event_type, key = item.key)]
            #[derive(Clone)]
            pub(crate) struct $event {
                /// The item.
                pub(crate) item: Item,
            }

            impl Flowing for $event {
                fn of(item: Item) -> Self {
                    Self { item }
                }

                fn item(&self) -> &Item {
                    &self.item
                }
            }
        )*
    };
}

flowing! {
    SlowItem: "org.example.flow.item.slow.v1";
    CutItem: "org.example.flow.item.cut.v1";
    UnsentItem: "org.example.flow.item.unsent.v1";
    UnansweredItem: "org.example.flow.item.unanswered.v1";
    SwallowedItem: "org.example.flow.item.swallowed.v1";
    LateItem: "org.example.flow.item.late.v1";
    CrampedItem: "org.example.flow.item.cramped.v1";
    ForgottenItem: "org.example.flow.item.forgotten.v1";
    GuardedItem: "org.example.flow.item.guarded.v1";
    OrphanItem: "org.example.flow.item.orphan.v1";
    AwayItem: "org.example.flow.item.away.v1";
    DisownedItem: "org.example.flow.item.disowned.v1";
}

/// Items with these numbers and five keys.
pub(crate) fn items(numbers: std::ops::Range<i64>) -> impl Iterator<Item = Item> {
    numbers.map(|number| Item { key: format!("key-{}", number % 5), number })
}

/// Sends items, each as an event.
#[track_caller]
pub(crate) fn send<E: Flowing>(numbers: std::ops::Range<i64>) {
    for item in items(numbers) {
        let responses = E::signal().send_event(E::of(item));
        assert!(responses.is_ok(), "{responses}");
    }
}

/// The bus at an address, with short timeouts.
pub(crate) fn impatient(url: &str) -> Redis {
    let mut options = Options::default();
    options.response_timeout = RESPONSE;
    options.connect_timeout = RESPONSE;
    Redis::open_with(url, options).expect("an address")
}

/// The topic of an event.
pub(crate) fn topic<E: Flowing>() -> Topic {
    let words = E::signal().event_type().split('.').nth_back(1).expect("a type of words");
    Topic::new(words).expect("a name")
}

/// Produces an event to its topic.
pub(crate) fn produce<E: Flowing>(bus: &Redis) -> EventProducer {
    producer_of(E::signal(), &topic::<E>(), "item.key", bus)
}

/// Produces an event to a topic, with the key at this path.
pub(crate) fn producer_of(signal: &dyn AnySignal, topic: &Topic, key: &str, bus: &Redis) -> EventProducer {
    let config = format!(
        r#"{{"EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED": false, "EVENT_BUS_PRODUCER_CONFIG":
            {{"{}": {{"{topic}": {{"event_key_field": "{key}", "enabled": true}}}}}}}}"#,
        signal.event_type(),
    );
    let settings = BusSettings::layers().json("test", &config).read().expect("the settings are right");
    let bus: Arc<dyn Backend> = Arc::new(bus.clone());
    EventProducer::start_on(&bus, &settings).expect("started")
}

/// Settings with short times.
pub(crate) fn quick() -> ConsumerSettings {
    let mut settings = ConsumerSettings::default();
    settings.claim_after = Duration::from_millis(1500);
    settings.heartbeat = Duration::from_millis(300);
    settings.retry.initial_backoff = Duration::from_millis(5);
    settings.retry.max_backoff = Duration::from_millis(20);
    settings.allow_no_receivers = true;
    settings
}

/// Consumes the events of a topic as `name`.
pub(crate) fn consume<E: Flowing>(
    bus: &Redis,
    name: &str,
    settings: ConsumerSettings,
) -> (RunningConsumer, Seen) {
    let seen = Seen::default();
    let kept = seen.clone();
    let consumer = EventConsumer::new(Arc::new(bus.clone()), GROUP).name(name);
    let consumer = consumer.topic(topic::<E>()).settings(settings).after_message(move |consumed| {
        match consumed.outcome {
            EventOutcome::Done => kept.add(consumed.entry, consumed.event.as_any().downcast_ref::<E>()),
            EventOutcome::Retrying => {}
            outcome => panic!("{outcome:?}: is a receiver connected?"),
        }
    });
    (consumer.start().expect("started"), seen)
}

pub(crate) const GROUP: &str = "group";

/// The items that a consumer has done, in order.
#[derive(Clone, Default)]
pub(crate) struct Seen(Arc<Mutex<Vec<(EntryId, Item)>>>);

impl Seen {
    fn add<E: Flowing>(&self, entry: &EntryId, event: Option<&E>) {
        let item = event.expect("an event of the test").item().clone();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((entry.clone(), item));
    }

    pub(crate) fn all(&self) -> Vec<(EntryId, Item)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn numbers(&self) -> BTreeSet<i64> {
        self.all().iter().map(|(_, item)| item.number).collect()
    }

    /// Whether all items with these numbers are done.
    pub(crate) fn has(&self, numbers: std::ops::Range<i64>) -> bool {
        let seen = self.numbers();
        numbers.into_iter().all(|number| seen.contains(&number))
    }

    /// No entry was done twice, and the items of each key were first done in order. A message that was
    /// published twice is two entries.
    #[track_caller]
    pub(crate) fn assert_orderly(&self) {
        let all = self.all();
        let entries: BTreeSet<_> = all.iter().map(|(entry, _)| entry).collect();
        assert_eq!(entries.len(), all.len(), "an entry was done twice: {all:?}");
        assert_rising(all.iter().map(|(_, item)| item));
    }
}

/// The first occurrences of the items of each key are in order.
#[track_caller]
pub(crate) fn assert_rising<'a>(items: impl Iterator<Item = &'a Item>) {
    let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::new());
    for item in items.filter(|item| seen.insert(item.number)) {
        if let Some(before) = last.insert(&item.key, item.number) {
            assert!(before < item.number, "of {}: {} came after {before}", item.key, item.number);
        }
    }
}
