//! Everything that is logged in this process, from all of its threads.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Mutex, Once, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record as SpanRecord};
use tracing::{Event, Level, Metadata, Subscriber};

static COLLECTED: Mutex<Vec<Record>> = Mutex::new(Vec::new());

/// One line of the log.
#[derive(Clone, Debug)]
pub struct Record {
    /// Its level.
    pub level: Level,
    /// Its text.
    pub message: String,
    /// The fields beside the text.
    pub fields: BTreeMap<&'static str, String>,
}

impl Record {
    /// A field's text; empty if there is none.
    pub fn field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }
}

/// Collects all logs of the process from here on; may be called by every test.
///
/// One subscriber for the whole process rather than one for each test's thread: receivers log on other threads too.
///
/// # Panics
///
/// The process has another subscriber.
pub fn collect() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        tracing::subscriber::set_global_default(Collector).expect("the only subscriber of a test process");
    });
}

/// Everything logged so far.
pub fn all() -> Vec<Record> {
    COLLECTED.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Everything logged so far about events of this type.
pub fn of(event_type: &str) -> Vec<Record> {
    all().into_iter().filter(|record| record.field("event_type") == event_type).collect()
}

struct Collector;

impl Subscriber for Collector {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn event(&self, event: &Event<'_>) {
        let mut record =
            Record { level: *event.metadata().level(), message: String::new(), fields: BTreeMap::new() };
        event.record(&mut record);
        COLLECTED.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &SpanRecord<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl Visit for Record {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.take(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.take(field, value.to_owned());
    }
}

impl Record {
    fn take(&mut self, field: &Field, value: String) {
        if field.name() == "message" {
            self.message = value;
        } else {
            self.fields.insert(field.name(), value);
        }
    }
}
