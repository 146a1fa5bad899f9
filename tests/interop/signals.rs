//! The signals that both sides have.

use std::collections::BTreeSet;

use openedx_events::{AnySignal, all_events};
use openedx_events_tests::conformance::{data, list, text};

/// The signals that can go on the bus: here and, as recorded, at upstream.
pub(crate) fn signals_on_the_bus() -> Vec<&'static dyn AnySignal> {
    let catalog =
        all_events().iter().copied().filter(|signal| signal.event_type().starts_with("org.openedx."));
    let signals: Vec<_> = catalog.filter(|signal| signal.schema().is_ok()).collect();
    let recorded = data("catalog.json");
    let upstream = list(&recorded["signals"]).iter().filter(|signal| signal["avro_serializable"] == true);
    let upstream: BTreeSet<_> = upstream.map(|signal| text(&signal["event_type"])).collect();
    assert_eq!(signals.iter().map(|signal| signal.event_type()).collect::<BTreeSet<_>>(), upstream);
    signals
}
