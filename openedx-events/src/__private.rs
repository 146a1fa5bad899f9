//! What generated code names. Not public API: it may change with any release.

pub use std::borrow::Cow;

pub use inventory;
pub use openedx_events_derive::__link;

pub use crate::avro::encoder::text_len;
pub use crate::avro::record::{decode_record, encode_record};
pub use crate::avro::scalars::decode_variant;
pub use crate::avro::wire::Wire;
pub use crate::avro::{AvroData, AvroField, DecodeError, Decoder, EncodeError, Encoder};
pub use crate::check::Expected;
pub use crate::data::json::{deserialize_record, deserialize_variant, fmt_redacted, serialize_record};
pub use crate::data::traits::{EventData, EventField, PersonalData};
pub use crate::data::{Enumeration, Field, FieldReader, FieldType, FieldWriter, Record};
#[cfg(feature = "filters")]
pub use crate::filters::options::StepOptions;
#[cfg(feature = "filters")]
pub use crate::filters::output::{boxed_step, copy, finish_step, is_another_filter, of_data, of_filter};
#[cfg(feature = "filters")]
pub use crate::filters::registry::FilterDeclaration;
#[cfg(feature = "filters")]
pub use crate::filters::step::{AsyncStep, StepRegistration, SyncStep};
#[cfg(feature = "filters")]
pub use crate::filters::{
    AsyncFilter, Filter, FilterData, FilterField, FilterInfo, StepError, StepHalt, SyncFilter,
};
pub use crate::receiver::Failure;
pub use crate::receiver::delivery::DeliveryPolicy;
pub use crate::receiver::state::StateSlot;
pub use crate::signal::assertions::{event_of, is_another, is_for_the_bus, require};
pub use crate::signal::context::State;
pub use crate::signal::event::{Event, IntoEvent};
pub use crate::signal::info::EventInfo;
pub use crate::signal::parameter::{
    ByValue, ByValueInside, ContextParameter, Data, EventParameter, Field as OfField, FieldParameter, Flag,
    FromField, Lent, MetadataParameter, Nothing, OptionOf, Primitive, Reference, SignalParameter, Slice,
    TakeField, flag, lent,
};
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
