//! The blocks that courses are made of.

use bon::Builder;

use crate::EventData;
use crate::keys::UsageKey;

/// A block of a course: a section, a unit, a problem, a video.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct XBlockData {
    /// Which block it is.
    pub usage_key: UsageKey,
    /// What kind of block, such as `vertical` or `problem`.
    pub block_type: String,
    /// The block's key with branch and version, by which this state of it can be found again.
    pub version: Option<UsageKey>,
}

/// A block that was made as a copy of another.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct DuplicatedXBlockData {
    /// Which block the copy is.
    pub usage_key: UsageKey,
    /// What kind of block, such as `vertical` or `problem`.
    pub block_type: String,
    /// The copy's key with branch and version, by which this state of it can be found again.
    pub version: Option<UsageKey>,
    /// The block that was copied.
    pub source_usage_key: UsageKey,
}
