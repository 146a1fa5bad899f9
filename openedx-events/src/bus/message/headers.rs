//! The names of the headers of a [`Message`](super::Message).
//!
//! The first seven hold the metadata of the event. They are those of upstream's `event-bus-redis`, written in this order and
//! with the same texts. Upstream's readers ignore the others.
//!
//! ```
//! use openedx_events::EventsMetadata;
//! use openedx_events::bus::{Message, headers};
//! use openedx_events::signal;
//!
//! #[signal("org.example.letters.letter.sent.v1", key = addressee)]
//! pub struct LetterSent {
//!     pub addressee: String,
//! }
//!
//! let metadata = EventsMetadata::new("org.example.letters.letter.sent.v1");
//! let message = Message::of_event(&LetterSent { addressee: "Ada".into() }, &metadata)?;
//! assert_eq!(message.header(headers::TYPE), Some(&b"org.example.letters.letter.sent.v1"[..]));
//! assert_eq!(message.header(headers::PARTITION_KEY), Some(&b"Ada"[..]));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

/// The event type.
pub const TYPE: &str = "type";
/// The id of the event, a UUID.
pub const ID: &str = "id";
/// The service that sent the event.
pub const SOURCE: &str = "source";
/// The time of the event, as Python's `isoformat()` writes it.
pub const TIME: &str = "time";
/// The minor version of the event's data.
pub const MINORVERSION: &str = "minorversion";
/// The host that sent the event.
pub const SOURCEHOST: &str = "sourcehost";
/// The release of the library that sent the event, such as `11.2.0`.
pub const SOURCELIB: &str = "sourcelib";
/// The field of upstream's Redis entries that holds the payload. Not a header of a [`Message`](super::Message).
pub const EVENT_DATA: &str = "event_data";
/// The [fingerprint](crate::avro::Fingerprint) of the schema that the payload was written with. Not in upstream.
pub const SCHEMA_FINGERPRINT: &str = "schema_fp";
/// The key of the event. Not in upstream.
pub const PARTITION_KEY: &str = "partitionkey";
/// The span that the event was sent from, a [`TraceParent`](crate::TraceParent). Not in upstream.
pub const TRACEPARENT: &str = "traceparent";
