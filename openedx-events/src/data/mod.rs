//! The data of events: records ([`EventData`]) and the values of their fields ([`EventField`]).

mod containers;
mod debug;
mod default;
mod file;
mod float;
pub(crate) mod json;
mod json_error;
mod map;
#[cfg(all(feature = "bus", feature = "cli"))]
mod pick;
mod record;
mod scalars;
pub(crate) mod traits;
pub(crate) mod uuid_text;

pub use default::FieldDefault;
pub use file::BinaryFile;
pub use json::{FieldReader, FieldWriter};
pub use json_error::JsonError;
pub use map::{Iter, Map};
pub use record::{Enumeration, Field, FieldType, Record};

pub(crate) use json::{from_json, to_json};
#[cfg(all(feature = "bus", feature = "cli"))]
pub(crate) use pick::{Picked, pick};
pub(crate) use scalars::DATETIME;
// They belong to the crate's root, and are looked for here, too.
#[doc(no_inline)]
pub use traits::{EventData, EventField, PersonalData};
