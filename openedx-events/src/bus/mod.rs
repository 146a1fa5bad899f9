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

mod backends;
mod consume;
mod contract;
mod message;
mod produce;
mod retry;
mod settings;
#[cfg(feature = "bus-suite")]
#[cfg_attr(docsrs, doc(cfg(feature = "bus-suite")))]
pub mod suite;

#[cfg(feature = "cli")]
pub(crate) use consume::stop_signals::StopSignals;
#[cfg(feature = "cli")]
pub(crate) use consume::{Decoded, Undecoded, no_signals};
#[cfg(feature = "cli")]
pub(crate) use retry::start_timeout::StartTimeout;

pub use backends::memory;
pub use backends::open::{open, open_with};
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use backends::redis;
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use backends::sqlite;
pub use consume::{
    AckPolicy, Consumed, ConsumerReport, ConsumerSettings, EventConsumer, EventOutcome, MissingTopic,
    RetryPolicy, RunningConsumer, StopError, Suppressed, UnknownRelease,
};
pub use contract::{
    Backend, Batch, BusError, Consumer, Delivery, EntryId, ErrorKind, GroupInfo, KeyOrder, Producer,
    Promises, PublishError, StartAt, Subscription,
};
pub use message::dead_letter::{DeadLetter, DeadLetterReason, ReceiverFailure};
pub use message::key_path::{InvalidKeyPath, KeyPath};
pub use message::topic::{InvalidTopic, Topic};
pub use message::{Header, HeaderError, Message, headers};
pub use produce::{EventProducer, Overflow, ProducerReport, ShutdownError};
pub use settings::{BusSettings, Layers, ProducerConfig, SettingsError, SettingsProblem, TopicConfig};
