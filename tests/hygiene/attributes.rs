//! Attributes of the user's own on items, fields and parameters.

#![deny(unused, deprecated)]

use std::sync::atomic::{AtomicI64, Ordering};

use openedx_events::{EventData, receiver, signal};

static SEEN: AtomicI64 = AtomicI64::new(0);

#[cfg_attr(test, doc = "A line.")]
#[derive(Debug, EventData)]
#[cfg_attr(not(test), event_data(nonsense))]
#[allow(non_snake_case)]
pub struct Line {
    /// The number.
    #[doc(alias = "no")]
    pub Number: i64,
    #[cfg(not(test))]
    pub absent: u64,
    #[cfg(test)]
    #[cfg_attr(test, event_data(default = 7))]
    pub present: i64,
}

#[deprecated = "use something else"]
pub struct Old;

#[cfg_attr(test, doc = "Sent when a line is added.")]
#[signal("org.example.attributes.line.added.v1")]
#[must_use = "it may matter"]
#[doc(alias = "added")]
pub struct LineAdded {
    /// The line.
    #[doc(alias = "row")]
    pub line: Line,
    #[allow(missing_docs)]
    pub count: i64,
}

/// A receiver with attributes above and below.
#[inline]
#[receiver(LINE_ADDED)]
#[allow(clippy::needless_pass_by_value)]
#[cfg(test)]
#[must_use = "it may matter"]
pub(crate) fn outcome(
    #[allow(unused_variables)] line: &Line,
    #[cfg(not(test))] absent: u64,
    #[cfg(test)] count: i64,
) -> Result<(), std::fmt::Error> {
    SEEN.fetch_add(count, Ordering::Relaxed);
    Ok(())
}

/// What the function allows holds for what is made of its parameters too.
#[receiver(LINE_ADDED)]
#[allow(deprecated)]
fn allowed(count: i64, #[state] _old: &Old) {
    SEEN.fetch_add(count, Ordering::Relaxed);
}

#[receiver(LINE_ADDED)]
#[expect(deprecated)]
fn expected(_count: i64, #[state] _old: &Old) {}

#[cfg(not(test))]
#[receiver(ABSENT)]
fn absent() {}

#[receiver(ABSENT)]
#[cfg(not(test))]
fn absent_too() {}

#[test]
fn attributes_stay_where_they_are() {
    #[allow(deprecated)]
    openedx_events::provide(Old).unwrap();
    let shape: Vec<_> =
        Line::RECORD.fields.iter().map(|field| (field.name, field.default.is_some())).collect();
    assert_eq!(shape, [("Number", false), ("present", true)]);
    LINE_ADDED.send_event(LineAdded { line: Line { Number: 1, present: 2 }, count: 10 });
    assert_eq!(SEEN.load(Ordering::Relaxed), 20);
}
