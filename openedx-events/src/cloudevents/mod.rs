//! Events with their metadata as [CloudEvents] 1.0 in JSON (structured mode), and as HTTP messages ([binary mode](to_http)).
//!
//! Each event is one JSON object. The command line (feature `cli`) reads and prints events in this form.
//!
//! ```
//! use openedx_events::{EventsMetadata, PersonalData, cloudevents, signal};
//!
//! /// Sent when a gong was struck.
//! #[signal("org.example.house.gong.struck.v1")]
//! #[derive(Clone, PartialEq)]
//! pub struct GongStruck {
//!     pub times: i64,
//! }
//!
//! let (event, metadata) = (GongStruck { times: 2 }, GONG_STRUCK.generate_metadata());
//! let text = cloudevents::to_json(&event, &metadata, PersonalData::Keep)?;
//! assert!(text.starts_with(r#"{"specversion":"1.0","type":"org.example.house.gong.struck.v1","id":""#));
//! assert!(text.ends_with(r#""data":{"times":2}}"#));
//!
//! assert_eq!(cloudevents::from_json_as::<GongStruck>(&text)?, (event, metadata));
//! # Ok::<(), cloudevents::CloudEventError>(())
//! ```
//!
//! # The members
//!
//! | member | value | if it is missing |
//! |---|---|---|
//! | `specversion` | `"1.0"`; other versions are not supported | error |
//! | `type` | the event type, of a signal of this program | error |
//! | `id` | a UUID | error |
//! | `source` | the sending service | error |
//! | `time` | an RFC 3339 time with an offset | the time of reading |
//! | `datacontenttype` | `application/json`, or another type of JSON | `application/json` |
//! | `minorversion` | a whole number up to 2,147,483,647, also as a string | 0 |
//! | `sourcehost` | the sending host | unknown, an empty string |
//! | `sourcelib` | the release of the sending library, as `"11.2.0"` | unknown, an empty string |
//! | `data` | the event's fields, as an object | `data_base64` |
//! | `data_base64` | the JSON of `data` in UTF-8, as base64 | error, unless there is `data` |
//! | `redacted` | `true` if [`to_json`] omitted personal data | not redacted |
//!
//! `minorversion`, `sourcehost`, `sourcelib` and `redacted` are extensions. `null` means the same as a missing
//! member, except for `data` without `data_base64`. Unknown values are not written.
//!
//! Other attributes, such as `subject`, `dataschema`, `partitionkey` or `traceparent`, are not part of an event or its
//! metadata. They are ignored, as the specification requires: [`CloudEvent::unused`] returns them, [`from_json`] logs their
//! names, and the command line prints the names. It is an error if an attribute has an invalid name or value, if a member
//! is given twice, or if there are both `data` and `data_base64`. An attribute `event_type` is therefore an error, not an extension.
//!
//! An event that was written without its personal data cannot be read, because `<redacted>` would be taken for a value.
//!
//! [CloudEvents]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md

mod content_type;
mod data;
mod error;
mod http;
mod members;
mod read;
mod write;

pub use error::CloudEventError;
pub use http::{HttpEvent, STRUCTURED, to_http};
pub use members::Attribute;
pub use read::{CloudEvent, from_json, from_json_as};
pub use write::to_json;

/// The supported version of the CloudEvents specification.
const SPECVERSION: &str = "1.0";
