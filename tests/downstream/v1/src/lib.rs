//! A crate of events, made as the shipped ones are.

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
    /// In kilograms.
    pub weight: f64,
}

/// A parcel was handed in.
#[signal("org.example.post.parcel.sent.v1", key = parcel.number)]
#[derive(Clone, PartialEq)]
pub struct ParcelSent {
    /// The parcel.
    pub parcel: ParcelData,
}
