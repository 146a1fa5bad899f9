//! The data of the event of the analytics subdomain. The class has upstream's name and fields.
//!
//! Create it with its `builder()`, which is checked at compile time. Fields that a later release adds have a default, so
//! callers do not break. Setters of strings accept anything that is `Into<String>`. Read the fields directly.

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
