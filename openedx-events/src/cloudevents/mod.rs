//! Whole events, data and metadata together, as [CloudEvents] 1.0 in their JSON form (structured mode).
//!
//! This is the form in which events stand in files and go through the command line: one JSON object for each.
//!
//! ```
//! use openedx_events::{EventsMetadata, PersonalData, cloudevents, signal};
//!
//! /// A gong was struck.
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
//! | member | holds | when it is missing |
//! |---|---|---|
//! | `specversion` | `"1.0"`; nothing else is read | an error |
//! | `type` | the event type, of a signal of this program | an error |
//! | `id` | a UUID | an error |
//! | `source` | the sending service | an error |
//! | `time` | a time with its offset, by RFC 3339 | the time of reading |
//! | `datacontenttype` | `application/json`, or another type of JSON | it is JSON |
//! | `minorversion` | a whole number, also as text | 0 |
//! | `sourcehost` | the sending host | empty: not known |
//! | `sourcelib` | the release of the sending library, as `"11.2.0"` | empty: not known |
//! | `data` | the event's fields, as an object | an error |
//! | `redacted` | `true` if [`to_json`] wrote no personal data | nothing is redacted |
//!
//! `minorversion`, `sourcehost`, `sourcelib` and `redacted` are extensions. `null` is as good as missing, but for
//! `data`. What is not known is written as a missing member too.
//!
//! Other attributes, such as `subject`, `dataschema`, `partitionkey` or `traceparent`, are no part of an event or its
//! metadata. The specification wants them tolerated, so they are: [`CloudEvent::unused`] gives them, [`from_json`] logs
//! their names, and the command line shows them. Refused are attributes with a name or a value that no attribute may
//! have, members given twice, and `data_base64`. So `event_type` for `type` is an error and not an extension.
//!
//! An event that was written without its personal data cannot be read: the text `<redacted>` would pass for a name.
//!
//! [CloudEvents]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md

mod error;
mod members;
mod read;
mod write;

pub use error::CloudEventError;
pub use members::Attribute;
pub use read::{CloudEvent, from_json, from_json_as};
pub use write::to_json;

/// The release of the CloudEvents specification.
const SPECVERSION: &str = "1.0";
