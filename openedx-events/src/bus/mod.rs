//! The event bus: events leave the process and come back into another one, at least once.
//!
//! A [`Backend`] keeps messages in topics: in memory, in a file, on a server. Producing puts the [`Message`] of an event
//! at the end of a topic; a consumer reads for a group, hands each event to the receivers of this program, and
//! acknowledges it when all of them are done.
//!
//! # What is promised
//!
//! - **At least once.** An event whose message was published is done by the receivers of every group, or it becomes a
//!   dead letter. It may come more than once, after a crash or a lost connection. No event is passed over, as long as the
//!   backend keeps what it has stored.
//! - **Order by key.** Events of one key are done in the order in which they were published, as far as
//!   [`Promises::order`] of the backend goes. Events without a key have no order.
//! - **Nothing is dropped in silence.** What cannot be delivered is a dead letter with its reason, and a number in the
//!   consumer's report.

mod backend;
mod consume;
mod error;
mod headers;
mod key_path;
mod letter;
pub mod memory;
mod message;
mod open;
mod patience;
mod produce;
#[cfg(feature = "redis")]
pub mod redis;
mod settings;
mod signals;
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub mod sqlite;
#[cfg(feature = "bus-suite")]
#[cfg_attr(docsrs, doc(cfg(feature = "bus-suite")))]
pub mod suite;
mod topic;

#[cfg(feature = "cli")]
pub(crate) use consume::{Decoded, Undecoded, no_signals};
#[cfg(feature = "cli")]
pub(crate) use patience::Patience;
#[cfg(feature = "cli")]
pub(crate) use signals::StopSignals;

pub use backend::{
    Backend, Batch, Consumer, Delivery, EntryId, Group, Order, Producer, Promises, PublishError, Start,
    Subscription,
};
pub use consume::{
    AckPolicy, Consumed, ConsumerSettings, EventConsumer, MissingTopic, Outcome, Report, RetryPolicy,
    RunningConsumer, StopError, Suppressed, UnknownRelease,
};
pub use error::{BusError, ErrorKind};
pub use headers::{
    EVENT_DATA, HeaderError, ID, MINORVERSION, PARTITION_KEY, SCHEMA_FINGERPRINT, SOURCE, SOURCEHOST,
    SOURCELIB, TIME, TRACEPARENT, TYPE,
};
pub use key_path::{KeyPath, NoKeyPath};
pub use letter::{DeadLetter, Failure, Reason};
pub use message::{Header, Message};
pub use open::{open, open_with};
pub use produce::{EventProducer, NotProduced, Overflow, ProducerReport};
pub use settings::{BusSettings, Layers, ProducerConfig, SettingsError, SettingsProblem, TopicConfig};
pub use topic::{NoTopic, Topic};
