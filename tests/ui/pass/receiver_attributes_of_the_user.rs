#![deny(warnings, deprecated, missing_docs, unreachable_pub, unused_qualifications, unused_results)]
#![forbid(unsafe_code)]

//! Attributes of the user.

use openedx_events::{receiver, signal};

/// Sent when an order was placed.
#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    /// The number.
    pub number: i64,
}

/// It is to run until its successor does.
#[deprecated(note = "use `index`")]
#[receiver(ORDER_PLACED)]
pub fn log(number: i64) {
    let _ = number;
}

/// Deprecated below.
#[receiver(ORDER_PLACED)]
#[deprecated]
pub async fn index(number: i64) {
    let _ = number;
}

#[cfg_attr(all(), deprecated, allow(unused_variables))]
#[receiver(ORDER_PLACED)]
fn under_a_condition(number: i64) {}

/// With each attribute that has an effect on callers.
#[receiver(ORDER_PLACED)]
#[must_use = "it may fail"]
#[inline(always)]
#[cold]
#[track_caller]
#[doc(hidden)]
pub fn called(number: i64) -> Result<(), String> {
    let _ = number;
    Ok(())
}

/// Returns a future.
#[must_use]
#[receiver(ORDER_PLACED)]
pub async fn awaited(number: i64) -> Result<(), String> {
    let _ = number;
    Ok(())
}

#[receiver(ORDER_PLACED)]
#[warn(unused)]
#[deny(warnings)]
#[forbid(unsafe_code)]
#[expect(unused_variables, reason = "the parameter is not used")]
fn linted(number: i64, #[allow(unused)] event: &OrderPlaced) {}

fn main() {
    assert_eq!(ORDER_PLACED.send_event(1).iter().count(), 6);
}
