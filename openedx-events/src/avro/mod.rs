//! Events as Avro bytes and their schemas: what goes over the event bus, equal to upstream's to the byte.
//!
//! The bytes are the bare record, without a header: what upstream's `serialize_event_data_to_bytes` gives and
//! `deserialize_bytes_to_event_data` reads. The code of each type is made by [`macro@crate::EventData`] and
//! [`macro@crate::signal`]: it goes straight through the fields and looks at no schema.
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
//! Decoding never panics and takes at most 64 times the memory that the bytes take, for the shipped types. It is as
//! strict as the Avro specification: text that is not UTF-8, a boolean other than 0 and 1, a number of more than 64
//! bits, a branch that the union does not have, and bytes that are left over are errors. Of a block of a list or map
//! with a byte size, the size is read and not looked at. A key that a map has twice has the later value, as in Python.

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
pub use fingerprint::Fingerprint;
pub use record::{AvroData, decode, encode, to_vec};
pub use schema::{InvalidSchema, Schema, SchemaError};

pub(crate) use schema::{Json, Layout, Mode, Named, Primitive, RecordField, Tree, Type, split};
pub(crate) use wire::Wire;
#[cfg(feature = "writer-schema")]
pub use writer::{WriterSchema, WriterSchemas};

/// How deep records may stand inside each other, the event being the first.
///
/// Only a record that holds a list or map of its own kind can come near to it. Records that hold no list or map at all are
/// not counted.
pub const MAX_DEPTH: u32 = 64;
