//! The codec of an event whose type is only known at run time.

use super::error::{DecodeError, EncodeError};
use super::record::{AvroData, decode, encode};

/// An event's codec, or the reason why it has none. Set by `#[signal]` as [`Event::WIRE`](crate::Event::WIRE).
#[derive(Debug)]
pub enum Wire<E> {
    /// The event can be sent over the event bus.
    Avro {
        /// Appends the event's bytes.
        encode: fn(&E, &mut Vec<u8>) -> Result<(), EncodeError>,
        /// Reads the event.
        decode: fn(&[u8]) -> Result<E, DecodeError>,
    },
    /// The event stays in the process, for this reason.
    InProcess(&'static str),
}

impl<E> Wire<E> {
    /// Returns the codec of a type that has one.
    pub const fn avro() -> Self
    where
        E: AvroData,
    {
        Self::Avro { encode: encode::<E>, decode: decode::<E> }
    }

    pub(crate) fn encode(&self, event: &E, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Avro { encode, .. } => encode(event, out),
            Self::InProcess(reason) => Err(EncodeError::no_form(reason)),
        }
    }

    pub(crate) fn decode(&self, bytes: &[u8]) -> Result<E, DecodeError> {
        match self {
            Self::Avro { decode, .. } => decode(bytes),
            Self::InProcess(reason) => Err(DecodeError::no_form(reason)),
        }
    }
}
