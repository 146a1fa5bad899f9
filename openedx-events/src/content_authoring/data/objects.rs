//! Content of any kind, by a text that names it.

use bon::Builder;

use crate::EventData;

/// A piece of content: a course, a library, or something in one of them.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ContentObjectData {
    /// Its key, such as that of a course or a block. A text, as any kind of key may stand here.
    pub object_id: String,
}

/// A piece of content, and what of it has changed.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ContentObjectChangedData {
    /// Its key, such as that of a course or a block. A text, as any kind of key may stand here.
    pub object_id: String,
    /// What has changed, such as `tags` or `collections`. If it is empty, anything may have.
    #[event_data(default)]
    #[builder(default)]
    pub changes: Vec<String>,
}
