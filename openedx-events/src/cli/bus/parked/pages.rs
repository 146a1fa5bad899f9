//! Reading parked events page by page.

use std::ops::ControlFlow;

use crate::bus::{Backend, BusError, ErrorKind, ParkedEvent, ParkedEvents, ParkedPlace};
use crate::cli::bus::topic::OpenTopic;

/// The number of events that are listed at a time.
pub(in crate::cli::bus) const PAGE: usize = 500;
/// The number and the size of the events that are read or changed at a time. One that is larger is alone.
const MAX_EVENTS: usize = 100;
const MAX_BYTES: u64 = 8 << 20;

/// The parked events of a bus.
///
/// # Errors
///
/// It does not park.
pub(in crate::cli::bus) fn parked(backend: &dyn Backend) -> Result<&dyn ParkedEvents, BusError> {
    let none = || BusError::new(ErrorKind::Unsupported, "this bus does not park events");
    backend.parked().ok_or_else(none)
}

/// Sees the parked events of a group, until it has seen enough.
pub(in crate::cli::bus) fn each(
    open: &mut OpenTopic<'_>,
    group: &str,
    mut see: impl FnMut(ParkedPlace, ParkedEvent) -> ControlFlow<()>,
) -> Result<(), BusError> {
    let (mut after, mut seen) = (None, 0);
    loop {
        let page = open.call(|backend, topic| parked(backend)?.list(topic, group, after.as_ref(), PAGE))?;
        let Some((last, _)) = page.last() else { return Ok(()) };
        after = Some(last.clone());
        for (place, event) in page {
            if see(place, event).is_break() {
                return Ok(());
            }
            seen += 1;
        }
        open.show_progress(seen);
    }
}

/// How many of these sizes are read at a time.
pub(in crate::cli::bus) fn number_at_a_time(sizes: impl IntoIterator<Item = u64>) -> usize {
    let mut sum = 0_u64;
    let fits = |size: &u64| {
        sum = sum.saturating_add(*size);
        sum <= MAX_BYTES
    };
    sizes.into_iter().take(MAX_EVENTS).take_while(fits).count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_at_a_time_is_limited() {
        assert_eq!(number_at_a_time([10; 500]), MAX_EVENTS);
        assert_eq!(number_at_a_time([MAX_BYTES / 2; 500]), 2);
        assert_eq!(number_at_a_time([1, MAX_BYTES, 1]), 1);
        assert_eq!(number_at_a_time([u64::MAX, u64::MAX]), 1);
    }
}
