//! The two sides, and the server between them.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{
    Backend, BusSettings, ConsumerSettings, EventConsumer, EventProducer, ProducerReport, RunningConsumer,
    Topic,
};
use openedx_events::data::{FieldType, Record};
use openedx_events_tests::random;
use openedx_events_tests::redis_server::RedisServer;
use serde_json::{Value, json};

use crate::python;
use crate::signals::signals_on_the_bus;
use crate::upstream::{PREFIX, Upstream};

/// Of all random values in this run.
pub(crate) static SEED: LazyLock<u64> = LazyLock::new(|| random::seed("INTEROP_SEED"));

/// Long enough for a busy machine.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(1);

/// The server of a test, and the Python that uses it.
pub(crate) struct Sides {
    pub(crate) server: RedisServer,
    python: PathBuf,
}

impl Sides {
    /// `None` if there is no Python with upstream's packages, or no redis-server, with a notice; the test should then return.
    ///
    /// # Panics
    ///
    /// One of them is missing, and `CI` is `true`.
    pub(crate) fn start() -> Option<Self> {
        let python = python::interpreter()?;
        Some(Self { server: RedisServer::start()?, python })
    }

    /// A service in Python.
    pub(crate) fn upstream(&self) -> Upstream {
        Upstream::start(&self.python, &self.server)
    }

    /// The bus as it is reached from here.
    pub(crate) fn bus(&self) -> Arc<dyn Backend> {
        Arc::new(Redis::open(&self.server.url()).expect("the address is right"))
    }

    /// What consumes here, with these settings.
    pub(crate) fn consumer_with(
        &self,
        topic: &str,
        group: &str,
        settings: ConsumerSettings,
    ) -> EventConsumer {
        EventConsumer::new(self.bus(), group).topic(full(topic)).name("rust").settings(settings)
    }

    /// What consumes here.
    pub(crate) fn consume(&self, topic: &str, group: &str) -> RunningConsumer {
        self.consumer_with(topic, group, ConsumerSettings::default()).start().expect("the consumer starts")
    }

    /// What produces the events of every signal here. It does so for the whole program, so that only one test at a time has
    /// one: the others wait.
    pub(crate) fn produce(&self, topic: &str) -> Producing {
        static ALONE: Mutex<()> = Mutex::new(());
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        let config: Value = signals_on_the_bus()
            .into_iter()
            .map(|signal| {
                let key = signal.info().key_field.map(str::to_owned).or_else(|| key_of(signal.record()));
                let key = key.unwrap_or_else(|| panic!("{} has nothing for a key", signal.event_type()));
                (
                    signal.event_type().to_owned(),
                    json!({ topic: { "event_key_field": key, "enabled": true } }),
                )
            })
            .collect();
        let settings = json!({
            "EVENT_BUS_PRODUCER_CONFIG": config,
            "EVENT_BUS_REDIS_AUDIT_LOGGING_ENABLED": false,
            "EVENT_BUS_TOPIC_PREFIX": PREFIX,
        });
        let settings = BusSettings::layers().json("test", &settings.to_string()).read().expect("settings");
        let producer = EventProducer::start_on(&self.bus(), &settings).expect("the producer starts");
        Producing { producer, _alone: alone }
    }

    /// How many entries of a group are pending.
    pub(crate) fn pending(&self, topic: &str, group: &str) -> u64 {
        let groups = self.bus().groups(&full(topic)).expect("the server answers");
        groups.iter().find(|each| each.name == group).expect("the group is there").pending
    }
}

/// A producer that this program has no other beside.
pub(crate) struct Producing {
    pub(crate) producer: EventProducer,
    _alone: MutexGuard<'static, ()>,
}

impl Producing {
    /// Publishes what is left, and lets the next one begin.
    pub(crate) fn finish(self) -> ProducerReport {
        self.producer.shutdown(TIMEOUT).expect("all is published")
    }
}

/// A topic with the prefix.
pub(crate) fn full(topic: &str) -> Topic {
    Topic::with_prefix(PREFIX, topic).expect("the name of a topic")
}

/// The first field that can be a key.
fn key_of(record: &'static Record) -> Option<String> {
    record.fields.iter().find_map(|field| match field.field_type {
        FieldType::String | FieldType::Long | FieldType::Uuid | FieldType::Key(_) => {
            Some(field.name.to_owned())
        }
        FieldType::Record(inner) => key_of(inner()).map(|rest| format!("{}.{rest}", field.name)),
        _ => None,
    })
}
