//! The event of the analytics subdomain: a struct, with its signal as a static that has upstream's name.

use super::data::TrackingLogData;
use crate::signal;

/// An entry has been made in the tracking log.
///
/// There is one for nearly everything that a user does, so expect many.
#[signal(
    "org.openedx.analytics.tracking.event.emitted.v1",
    key = tracking_log.name,
    trigger_repository = "openedx/event-tracking"
)]
#[derive(Clone, PartialEq)]
pub struct TrackingEventEmitted {
    /// The entry.
    pub tracking_log: TrackingLogData,
}
