//! Since when an event exists: [`since`].

use serde_json::Value;

use crate::AnySignal;

/// Which events upstream's releases had. Written by `tests/conformance/upstream_releases.py`, and also used for decoding.
const RELEASES: &str = include_str!("../../avro/releases/releases.json");

/// The first release of openedx-events that has each event of the shipped catalog.
pub(super) struct Since(Value);

impl Since {
    pub(super) fn read() -> Self {
        Self(serde_json::from_str(RELEASES).unwrap_or_default())
    }

    /// The release, such as `openedx-events 10.3.0`. `None` for an event that does not come from upstream.
    pub(super) fn of(&self, signal: &dyn AnySignal) -> Option<String> {
        if signal.info().crate_name() != env!("CARGO_CRATE_NAME") {
            return None;
        }
        let releases: Vec<&str> = self.0["releases"].as_array()?.iter().filter_map(Value::as_str).collect();
        let first = *releases.first()?;
        let spans = self.0["without_schema"][signal.event_type()].as_array();
        let absent = spans.into_iter().flatten().filter(|span| span["reason"] == "absent");
        let last_without =
            absent.filter_map(|span| releases.iter().position(|release| span["last"] == *release)).max();
        match last_without {
            None => Some(format!("openedx-events {first} or earlier")),
            Some(place) => Some(format!("openedx-events {}", releases.get(place + 1)?)),
        }
    }
}
