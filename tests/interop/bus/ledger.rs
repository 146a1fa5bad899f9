//! Events that were sent, and those of them that arrived: [`Ledger`].

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use openedx_events::EventsMetadata;
use serde_json::Value;

use crate::difference::difference;

/// The events that one group is to receive, each once, and those that it has.
#[derive(Default)]
pub(crate) struct Ledger(Mutex<Book>);

#[derive(Default)]
struct Book {
    /// By id.
    sent: HashMap<String, Sent>,
    received: usize,
    failures: Vec<String>,
}

struct Sent {
    record: Value,
    metadata: EventsMetadata,
    times: u32,
}

impl Ledger {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// An event that is sent.
    pub(crate) fn send(&self, record: &Value, metadata: &EventsMetadata) {
        let sent = Sent { record: record.clone(), metadata: metadata.clone(), times: 0 };
        let other = self.book().sent.insert(metadata.id().to_string(), sent);
        assert!(other.is_none(), "two events have the id {}", metadata.id());
    }

    /// An event that arrived; `settle` makes the record comparable with the one that was sent.
    pub(crate) fn receive(&self, metadata: &EventsMetadata, settle: impl FnOnce(&Value) -> Value) {
        let mut book = self.book();
        let (id, event_type) = (metadata.id().to_string(), metadata.event_type());
        let failure = match book.sent.get_mut(&id) {
            None => Some("was never sent".to_owned()),
            Some(sent) => {
                sent.times += 1;
                let record = settle(&sent.record);
                if sent.times > 1 {
                    Some(format!("comes for the {}. time", sent.times))
                } else if *metadata == sent.metadata {
                    difference(&sent.record, &record)
                        .map(|difference| format!("{difference}\n  {}", sent.record))
                } else {
                    Some(format!("has {metadata:?} instead of {:?}", sent.metadata))
                }
            }
        };
        book.received += 1;
        book.failures.extend(failure.map(|failure| format!("{event_type} {id} {failure}")));
    }

    /// Something else that went wrong.
    pub(crate) fn fail(&self, failure: String) {
        self.book().failures.push(failure);
    }

    pub(crate) fn received(&self) -> usize {
        self.book().received
    }

    /// Whether everything that was sent so far has arrived, or more.
    pub(crate) fn is_complete(&self) -> bool {
        let book = self.book();
        book.received >= book.sent.len()
    }

    /// All problems and missing events.
    pub(crate) fn failures(&self) -> Vec<String> {
        let book = self.book();
        let missing = book.sent.iter().filter(|(_, sent)| sent.times == 0);
        let missing = missing.map(|(id, sent)| format!("{} {id} is missing", sent.metadata.event_type()));
        book.failures.iter().cloned().chain(missing).collect()
    }
}
