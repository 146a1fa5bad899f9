//! What the event of the analytics subdomain carries. The class has upstream's name and fields.
//!
//! It is made through its `builder()`, which the compiler checks, so that a field which a later release adds breaks no
//! caller. Texts take anything that is `Into<String>`. Fields are read directly.

use bon::Builder;
use chrono::{DateTime, FixedOffset};

use crate::EventData;

/// An entry of the tracking log.
///
/// What the tracking log knows under each name is described with Open edX's research data; here it is JSON inside of
/// text, as upstream has it, and is not looked into.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct TrackingLogData {
    /// What happened, such as `edx.video.played`.
    pub name: String,
    /// When it happened.
    pub timestamp: DateTime<FixedOffset>,
    /// What is known of it beyond that: the text of a JSON object, whose members depend on the name.
    #[event_data(pii)]
    pub data: String,
    /// In what circumstances it happened, such as for which user and in which course: the text of a JSON object.
    #[event_data(pii)]
    pub context: String,
}
