//! Events of this program's own.

use openedx_events::{EventData, signal};

/// How a parcel travels.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) enum Carrier {
    #[event_data(rename = "road")]
    Road,
    #[event_data(rename = "rail")]
    Rail,
}

/// What a parcel is made of: other parcels, perhaps.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct ParcelData {
    pub(crate) weight: i64,
    #[event_data(default)]
    pub(crate) carriers: Vec<Option<Carrier>>,
    #[event_data(default = true)]
    pub(crate) is_insured: bool,
    #[event_data(default)]
    pub(crate) inside: Vec<ParcelData>,
}

/// A parcel was sent.
#[signal("org.example.post.parcel.sent.v1", minor_version = 2)]
#[derive(Clone, PartialEq)]
pub(crate) struct ParcelSent {
    pub(crate) parcel: ParcelData,
    pub(crate) note: Option<String>,
}

/// Stays at home.
#[signal("org.example.post.parcel.weighed.v1", in_process = "nobody else has the scales")]
#[derive(Clone, PartialEq)]
pub(crate) struct ParcelWeighed {
    pub(crate) weight: i64,
}
