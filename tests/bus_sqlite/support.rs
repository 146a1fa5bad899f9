//! Helpers for the tests of the backend in a file.

use std::error::Error;
use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use openedx_events::bus::headers::PARTITION_KEY;
use openedx_events::bus::sqlite::{Options, Sqlite};
use openedx_events::bus::{
    Backend, Batch, BusError, Consumer, Delivery, EntryId, EntryWrite, Header, Message, ParkedId,
    ParkedStore, Parking, Subscription, Topic, Waiting,
};
use tempfile::TempDir;

pub(crate) type Result<T = (), E = Box<dyn Error>> = std::result::Result<T, E>;

pub(crate) const NO_WAIT: Duration = Duration::ZERO;

/// A folder with the file of a bus, and a topic.
pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) topic: Topic,
}

impl Place {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { folder: TempDir::new()?, topic: Topic::new("house")? })
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("bus.sqlite")
    }

    pub(crate) fn open(&self) -> Result<Sqlite> {
        Ok(Sqlite::open(self.path())?)
    }

    pub(crate) fn open_with(&self, options: Options) -> Result<Sqlite> {
        Ok(Sqlite::open_with(self.path(), options)?)
    }

    /// Opens the file without the library.
    pub(crate) fn sql(&self) -> Result<rusqlite::Connection> {
        Ok(rusqlite::Connection::open(self.path())?)
    }

    pub(crate) fn subscription(&self, group: &str, consumer: &str, claim_after: Duration) -> Subscription {
        let mut subscription = Subscription::new(self.topic.clone(), group, consumer);
        subscription.claim_after = claim_after;
        subscription
    }

    /// A consumer whose entries no other one claims.
    pub(crate) fn consumer(&self, bus: &Sqlite, group: &str, consumer: &str) -> Result<Box<dyn Consumer>> {
        Ok(bus.consumer(&self.subscription(group, consumer, Duration::from_mins(10)))?)
    }

    pub(crate) fn publish(&self, bus: &Sqlite, texts: &[&str]) -> Result {
        let messages: Vec<_> = texts.iter().map(|text| message(text)).collect();
        Ok(bus.producer()?.publish(&self.topic, &messages)?)
    }

    pub(crate) fn browse(&self, bus: &Sqlite) -> Result<Vec<String>> {
        Ok(bus.browse(&self.topic, None, usize::MAX)?.iter().map(text).collect())
    }
}

/// `a` is a message without a key, `a@k` one with the key `k`.
pub(crate) fn message(text: &str) -> Message {
    let key = text.split_once('@').map(|(_, key)| Header::new(PARTITION_KEY, key.to_owned()));
    Message { headers: key.into_iter().collect(), payload: Some(text.as_bytes().to_vec()) }
}

pub(crate) fn text(delivery: &Delivery) -> String {
    let payload = delivery.message.payload.as_deref().unwrap_or_default();
    String::from_utf8_lossy(payload).into_owned()
}

/// The texts of the entries that were read, with a `+` after those that are redelivered.
pub(crate) fn texts(batch: &Batch) -> Vec<String> {
    let shown = |each: &Delivery| format!("{}{}", text(each), if each.is_redelivered { "+" } else { "" });
    batch.deliveries.iter().map(shown).collect()
}

pub(crate) fn entries(batch: &Batch) -> Vec<EntryId> {
    batch.deliveries.iter().map(|delivery| delivery.entry.clone()).collect()
}

pub(crate) fn store(consumer: &dyn Consumer) -> &dyn ParkedStore {
    consumer.parked().expect("the backend parks")
}

/// What parked events wait for here.
pub(crate) fn waiting() -> Vec<Waiting> {
    vec![Waiting::new("house::oil", UNIX_EPOCH)]
}

/// What became of entries that a consumer parks.
pub(crate) fn try_park(
    consumer: &dyn Consumer,
    deliveries: &[Delivery],
) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
    let waiting = waiting();
    let parking = |delivery| Parking { delivery, waiting: &waiting, dead_letter: None };
    store(consumer).park(&deliveries.iter().map(parking).collect::<Vec<_>>())
}

/// Parks entries, which all must be the consumer's.
pub(crate) fn park(consumer: &dyn Consumer, deliveries: &[Delivery]) -> Result<Vec<ParkedId>> {
    let written = try_park(consumer, deliveries)?.into_iter().map(EntryWrite::done);
    Ok(written.collect::<Option<_>>().ok_or("not the consumer's")?)
}
