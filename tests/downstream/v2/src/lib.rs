//! The crate of events, a version later: one more optional field, and one with a default.

use bon::Builder;
use openedx_events::{EventData, signal};

/// A parcel.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ParcelData {
    /// The number on it.
    pub number: String,
    /// What is in it, if the sender said so.
    pub content: Option<String>,
    /// In kilograms.
    pub weight: f64,
    /// How often it is to be brought before it goes back.
    #[event_data(default = 2)]
    #[builder(default = 2)]
    pub attempts: i64,
}

/// A parcel was handed in.
#[signal("org.example.post.parcel.sent.v1", key = parcel.number)]
#[derive(Clone, PartialEq)]
pub struct ParcelSent {
    /// The parcel.
    pub parcel: ParcelData,
}
