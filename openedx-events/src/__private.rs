//! What generated code names. Not public API: it may change with any release.

pub use std::borrow::Cow;

pub use inventory;

pub use crate::avro::encoder::text_len;
pub use crate::avro::record::{decode_record, encode_record};
pub use crate::avro::scalars::decode_variant;
pub use crate::avro::wire::Wire;
pub use crate::avro::{AvroData, AvroField, DecodeError, Decoder, EncodeError, Encoder};
pub use crate::data::json::{deserialize_record, deserialize_variant, fmt_redacted, serialize_record};
pub use crate::data::traits::{EventData, EventField, PersonalData};
pub use crate::data::{Enumeration, Field, FieldReader, FieldType, FieldWriter, Record};
pub use crate::receiver::delivery::DeliveryPolicy;
pub use crate::receiver::state::StateSlot;
pub use crate::signal::context::State;
pub use crate::signal::event::{Event, IntoEvent};
pub use crate::signal::info::EventInfo;
pub use crate::signal::registry::check::Expected;
pub use crate::signal::registry::registration::{
    AnyHandler, Declaration, Handler, HiddenModule, Registration,
};
pub use crate::signal::typed::Signal;

pub use serde::de::MapAccess;
pub use serde::ser::SerializeStruct;
pub use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::receiver::{ReceiverFuture, ReceiverOutput, ReceiverResult};
use crate::signal::key::EventKey;

/// A record on a key path.
#[diagnostic::on_unimplemented(
    message = "the key path leaves the records at `{Self}`",
    label = "this holds `{Self}`, which is not a record, so the path cannot go on from here",
    note = "each step of `key = a.b.c` but the last must be a struct that derives `EventData`; it cannot go through \
            an `Option`, a list or a map"
)]
pub trait KeyStep<Way> {
    /// The record.
    type Record;

    /// The record.
    fn record(&self) -> &Self::Record;
}

#[diagnostic::do_not_recommend]
impl<T: EventData> KeyStep<()> for T {
    type Record = T;

    #[inline]
    fn record(&self) -> &T {
        self
    }
}

/// A trait without implementations.
pub trait Nothing {}

// A second implementation, which never applies: with only one, rustc would take it for granted and report a second time
// that the type has no such field.
#[diagnostic::do_not_recommend]
impl<T: Nothing> KeyStep<((),)> for T {
    type Record = ();

    fn record(&self) -> &() {
        &()
    }
}

/// One step of a key path.
#[inline]
pub fn key_step<Way, T: KeyStep<Way>>(record: &T) -> &T::Record {
    record.record()
}

/// The key at the end of a key path.
pub fn key_end<T: EventKey>(value: &T) -> Cow<'_, str> {
    value.as_key()
}

/// A field that a receiver takes by value.
#[diagnostic::on_unimplemented(
    message = "a receiver cannot take `{Self}` by value",
    label = "`{Self}` is not `Copy`",
    note = "take a reference, `&{Self}`; clone inside the receiver what it has to keep"
)]
pub trait ByValue: Copy {}

#[diagnostic::do_not_recommend]
impl<T: Copy> ByValue for T {}

/// A field that is taken by value. The reference is passed on and dereferenced by the caller, so that rustc compares the
/// type of the field with that of the parameter.
#[inline]
pub const fn by_value<T: ByValue>(field: &T) -> &T {
    field
}

/// Converts an `Option` field to an `Option` of a reference.
#[diagnostic::on_unimplemented(
    message = "the field `{F}` cannot be taken as `{Self}`",
    label = "this field holds `{F}`",
    note = "`Option<&T>` takes a field of type `Option<T>`; any other field is taken as `&T`"
)]
pub trait OptionOf<'a, F> {
    /// The field, borrowed inside.
    fn option_of(field: &'a F) -> Self;
}

#[diagnostic::do_not_recommend]
impl<'a, T> OptionOf<'a, Option<T>> for Option<&'a T> {
    #[inline]
    fn option_of(field: &'a Option<T>) -> Self {
        field.as_ref()
    }
}

#[diagnostic::do_not_recommend]
impl<'a> OptionOf<'a, Option<String>> for Option<&'a str> {
    #[inline]
    fn option_of(field: &'a Option<String>) -> Self {
        field.as_deref()
    }
}

#[diagnostic::do_not_recommend]
impl<'a, T> OptionOf<'a, Option<Vec<T>>> for Option<&'a [T]> {
    #[inline]
    fn option_of(field: &'a Option<Vec<T>>) -> Self {
        field.as_deref()
    }
}

/// Converts an `Option` field to an `Option` of a reference.
#[inline]
pub fn option_of<'a, F, P: OptionOf<'a, F>>(field: &'a F) -> P {
    P::option_of(field)
}

/// The result of a sync receiver.
///
/// # Errors
///
/// The receiver's own.
#[inline]
pub fn finish<O: ReceiverOutput>(output: O) -> ReceiverResult {
    output.into_result()
}

/// Boxes the future of an async receiver.
pub fn boxed<'a, F: Future<Output = ReceiverResult> + Send + 'a>(future: F) -> ReceiverFuture<'a> {
    Box::pin(future)
}
