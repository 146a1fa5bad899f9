//! The Avro encoding of events and their schemas. This is the format of the event bus, byte for byte equal to
//! upstream's.
//!
//! The bytes are the bare record without a header, as upstream's `serialize_event_data_to_bytes` returns and
//! `deserialize_bytes_to_event_data` reads it. [`macro@crate::EventData`] and [`macro@crate::signal`] generate the code
//! for each type: it encodes and decodes the fields directly, without consulting a schema.
//!
//! ```
//! use openedx_events::{AnyEvent, EventData, avro, signal};
//!
//! /// What is known about a train.
//! #[derive(Clone, Debug, PartialEq, EventData)]
//! pub struct TrainData {
//!     pub line: String,
//!     pub cars: i64,
//! }
//!
//! /// Sent when a train has left.
//! #[signal("org.example.railway.train.departed.v1", key = train.line)]
//! #[derive(PartialEq)]
//! pub struct TrainDeparted {
//!     pub train: TrainData,
//! }
//!
//! let event = TrainDeparted { train: TrainData { line: "S3".into(), cars: 6 } };
//! let bytes = avro::to_vec(&event)?;
//! assert_eq!(bytes, b"\x04S3\x0c");
//! assert_eq!(avro::decode::<TrainDeparted>(&bytes)?, event);
//!
//! let error = avro::decode::<TrainDeparted>(b"\x04S3").unwrap_err();
//! assert_eq!(error.to_string(), "`train.cars`: expected a long, but the data end here, at byte 3");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The mapping
//!
//! | Rust | Avro |
//! |---|---|
//! | `bool` | `boolean` |
//! | `i8` to `i64`, `u16`, `u32` | `long` |
//! | `f32`, `f64` | `double` |
//! | `String`, enums without data, `Uuid`, datetimes, [opaque keys](crate::keys) | `string` |
//! | `Vec<u8>` | `bytes` |
//! | `Option<T>` | union of `null` and `T`, in this order, with the default `null` |
//! | `Vec<T>` | `array` |
//! | maps with `String` keys | `map`, in the order of the keys' code points |
//! | a struct that derives `EventData` | `record` of the struct's name |
//! | an event | the record `CloudEvent`, in the namespace of the event type |
//!
//! # Damaged bytes
//!
//! Decoding never panics. It is as strict as the Avro specification: text that is not UTF-8, a boolean other than 0 and 1,
//! a number of more than 64 bits, an unknown branch of a union, and trailing bytes are errors. The byte size of a block of
//! a list or map is read and ignored. If a map contains a key twice, the later value wins, as in Python.
//!
//! # Memory
//!
//! Decoding an event of the catalog takes at most 64 times as much memory as the encoded bytes, whatever they are. An event
//! of your own takes at most 128 times as much and 16 MiB, apart from its own size and from what a handwritten
//! [`AvroField`] allocates.
//!
//! The 16 MiB are for items that may be much larger than their bytes, such as those of a `Vec<Option<T>>` where `T` is a
//! large record: a missing item is one byte long, and takes the memory of a `T`. They are counted if an item takes more
//! than 32 bytes of memory for each byte of its shortest encoding, and in each `BTreeMap` and `HashMap`. An event whose
//! counted items take more than 64 times as much memory as its bytes and 16 MiB is refused.

mod budget;
mod containers;
mod decoder;
pub(crate) mod encoder;
mod error;
mod field;
mod fingerprint;
mod locate;
pub(crate) mod record;
pub(crate) mod scalars;
mod schema;
pub(crate) mod wire;
#[cfg(feature = "writer-schema")]
#[cfg_attr(docsrs, doc(cfg(feature = "writer-schema")))]
pub mod writer;

pub use decoder::Decoder;
pub use encoder::Encoder;
pub use error::{DecodeError, EncodeError};
pub use field::AvroField;
pub use fingerprint::{Fingerprint, InvalidFingerprint};
pub use record::{AvroData, decode, encode, to_vec};
pub use schema::{InvalidSchema, Schema, SchemaError};

pub(crate) use schema::{Json, Layout, Mode, Named, Primitive, RecordField, Tree, Type, split};
pub(crate) use wire::Wire;

/// Maximum nesting depth of records, including the event itself.
///
/// Only a record that contains a list or map of its own type can reach it. Records without any list or map are not
/// counted.
pub const MAX_DEPTH: u32 = 64;

/// Maximum nesting depth of types of all kinds in a schema of another writer, and of values of them. A record that is an
/// optional item of an optional list counts as four.
pub(crate) const MAX_TYPE_DEPTH: u32 = 8 * MAX_DEPTH;
