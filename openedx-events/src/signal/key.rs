//! Which values can be the key of an event: [`EventKey`].

use std::borrow::Cow;

use uuid::Uuid;

use crate::data::EventField;
use crate::keys::for_each_key;

/// A value that can be an event's key on the event bus: text, whole numbers, UUIDs and opaque keys.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of an event",
    label = "the key path ends in this type",
    note = "a key is text, a whole number, a UUID or an opaque key: name a field of such a type with `key = …`",
    note = "an optional value cannot be a key: events without one would have no order"
)]
pub trait EventKey: EventField {
    /// The key as text.
    fn as_key(&self) -> Cow<'_, str>;
}

impl EventKey for String {
    fn as_key(&self) -> Cow<'_, str> {
        Cow::Borrowed(self)
    }
}

macro_rules! displayed_keys {
    ($($type:ty)*) => {
        $(impl EventKey for $type {
            fn as_key(&self) -> Cow<'_, str> {
                Cow::Owned(self.to_string())
            }
        })*
    };
}

displayed_keys! { i8 i16 i32 i64 u16 u32 Uuid }

macro_rules! opaque_keys {
    ($($key:ident)*) => {
        $(impl EventKey for crate::keys::$key {
            fn as_key(&self) -> Cow<'_, str> {
                Cow::Borrowed(self.as_str())
            }
        })*
    };
}

for_each_key! { opaque_keys }
