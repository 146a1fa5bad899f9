//! The event bus: events leave the process and arrive in another one, at least once.
//!
//! A [`Backend`] stores messages in topics: in memory, in a file or on a server. An [`EventProducer`] publishes the events
//! of configured signals. An [`EventConsumer`] reads topics for a group, calls the receivers of its program for each event,
//! and acknowledges the event when all of them have succeeded. Signals and receivers are the same with and without a bus.
//!
//! The smallest producer and consumer, which are usually two programs:
//!
//! ```
//! use std::sync::atomic::{AtomicU32, Ordering};
//! use std::time::Duration;
//!
//! use openedx_events::bus::{
//!     self, BusSettings, EventConsumer, EventProducer, KeyPath, ProducerConfig, Topic, TopicConfig,
//! };
//! use openedx_events::{receiver, signal};
//!
//! /// Sent when a note was written.
//! #[signal("org.example.post.note.written.v1")]
//! pub struct NoteWritten {
//!     pub addressee: String,
//! }
//!
//! static DELIVERED: AtomicU32 = AtomicU32::new(0);
//!
//! #[receiver(NOTE_WRITTEN)]
//! fn deliver(addressee: &str, from_event_bus: bool) {
//!     // This program also sends the event, so the receiver runs for the send as well.
//!     if from_event_bus {
//!         assert_eq!(addressee, "Ada");
//!         DELIVERED.fetch_add(1, Ordering::Relaxed);
//!     }
//! }
//!
//! // The producer.
//! let key = KeyPath::new(&NOTE_WRITTEN, "addressee")?;
//! let config = ProducerConfig::new().topic(&NOTE_WRITTEN, "notes", TopicConfig::new(key));
//! let settings = BusSettings::new().url("memory:post").producer_config(config);
//! let producer = EventProducer::start(&settings)?;
//! NOTE_WRITTEN.send_event(NoteWritten { addressee: "Ada".into() }).into_result()?;
//! producer.shutdown(Duration::from_secs(5))?;
//!
//! // The consumer.
//! let bus = bus::open("memory:post")?;
//! let consumer = EventConsumer::new(bus, "post-office").topic(Topic::new("notes")?).start()?;
//! while consumer.report().done == 0 {
//!     std::thread::yield_now();
//! }
//! consumer.stop(Duration::from_secs(5))?;
//! assert_eq!(DELIVERED.load(Ordering::Relaxed), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # What is here
//!
//! | for | items |
//! |---|---|
//! | programs that produce | [`EventProducer`], its [`ProducerReport`] and [`Overflow`] |
//! | programs that consume | [`EventConsumer`], [`RunningConsumer`], [`ConsumerHandle`], [`run_all`], [`ConsumerSettings`], [`RetryPolicy`], [`ConsumerReport`] |
//! | settings | [`BusSettings`], [`ProducerConfig`], [`TopicConfig`], [`KeyPath`], [`Topic`] |
//! | webhooks (feature `webhook`) | `Webhooks`, `WebhookSettings`, `WebhookForm`, `Secret` |
//! | backends | [`open`] by address; [`memory`], [`sqlite`] (feature `sqlite`), [`redis`] (feature `redis`) |
//! | messages | [`Message`], [`Header`], the names in [`headers`], [`DeadLetter`] |
//! | authors of backends and tools | [`Backend`], [`Producer`], [`Consumer`], [`Promises`], [`BusError`], the tests in [`suite`] (feature `bus-suite`) |
//!
//! # What is promised
//!
//! - **At least once.** The receivers of every group process each event that was published, or it becomes a
//!   [dead letter](DeadLetter). An event can be delivered more than once, after a crash or a lost connection. No event is
//!   skipped, as long as the backend keeps what it has stored.
//! - **Order by key.** Events of one key are processed in the order in which they were published, as far as
//!   [`Promises::order`] of the backend goes. Events without a key have no order.
//! - **Nothing is dropped silently.** What cannot be processed becomes a dead letter with its reason, and is counted in the
//!   consumer's report.

mod backends;
mod background;
mod consume;
mod contract;
mod message;
pub mod metrics;
mod observe;
mod produce;
mod retry;
mod settings;
mod spans;
pub mod status;
#[cfg(feature = "bus-suite")]
#[cfg_attr(docsrs, doc(cfg(feature = "bus-suite")))]
pub mod suite;
#[cfg(feature = "webhook")]
mod webhook;

#[cfg(feature = "cli")]
pub(crate) use consume::stop_signals::StopSignals;
#[cfg(feature = "cli")]
pub(crate) use consume::{Decoded, Rerun, StartWatcher, Undecoded, no_signals};
#[cfg(feature = "cli")]
pub(crate) use message::dead_letter;
#[cfg(feature = "cli")]
pub(crate) use produce::spill;
#[cfg(feature = "cli")]
pub(crate) use retry::log_interval::LogInterval;
#[cfg(feature = "cli")]
pub(crate) use retry::retry_timeout::RetryTimeout;
#[cfg(all(feature = "cli", feature = "webhook"))]
pub(crate) use webhook::{Endpoint, Meaning, NoAnswer, Request, Response};

pub use backends::memory;
pub use backends::open::{open, open_existing, open_with};
#[cfg(feature = "redis")]
#[cfg_attr(docsrs, doc(cfg(feature = "redis")))]
pub use backends::redis;
#[cfg(feature = "sqlite")]
#[cfg_attr(docsrs, doc(cfg(feature = "sqlite")))]
pub use backends::sqlite;
pub use consume::{
    AckPolicy, CircuitInfo, Closed, Consumed, ConsumerHandle, ConsumerReport, ConsumerSettings,
    EventConsumer, EventOutcome, Health, MissingTopic, Next, Ran, ReadFrom, ReceivedEvent, ReceiverRun,
    Recipient, RetryPolicy, RunOutcome, RunningConsumer, StopError, Suppressed, UnknownRelease, run_all,
    run_all_until_signal,
};
pub use contract::{
    Admin, Backend, Batch, BusError, Consumer, Delivery, EntryId, EntryWrite, ErrorKind, Finding,
    FindingLevel, GroupInfo, KeyOrder, ParkedChange, ParkedEvent, ParkedEvents, ParkedId, ParkedPlace,
    ParkedStart, ParkedStore, ParkedWrite, Parking, PendingEntry, Position, Producer, Promises, PublishError,
    Seek, StartAt, Subscription, TopicInfo, Waiting,
};
pub use message::dead_letter::{DeadLetter, DeadLetterReason, ReceiverFailure, UnknownReason};
pub use message::key_path::{InvalidKeyPath, KeyPath};
pub use message::topic::{InvalidTopic, Topic};
pub use message::{Header, HeaderError, LimitExceeded, Message, headers};
pub use observe::{ConsumedTopic, Observer, ProducedTopic, PublishedBatch, SuppressedReason, add_observer};
pub use produce::{EventProducer, Overflow, ProducerReport, ShutdownError, set_traceparent_source};
pub use settings::{BusSettings, Layers, ProducerConfig, SettingsError, SettingsProblem, TopicConfig};
#[cfg(feature = "webhook")]
#[cfg_attr(docsrs, doc(cfg(feature = "webhook")))]
pub use webhook::{Secret, WebhookForm, WebhookSettings, Webhooks};
