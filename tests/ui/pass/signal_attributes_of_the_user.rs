//! Attributes of the item hold for what is generated from it.

#![deny(warnings, missing_docs, unreachable_pub)]
#![forbid(unsafe_code)]

use openedx_events::{EventData, receiver, signal};

/// An old event that nobody uses.
#[deprecated(note = "use `OrderAccepted`")]
#[signal("org.example.shop.order.placed.v1", key = number)]
#[derive(Clone)]
pub struct OrderPlaced {
    /// The number.
    pub number: i64,
}

/// An old record.
#[deprecated]
#[derive(Clone, Debug, PartialEq, EventData)]
#[event_data(serde)]
pub struct OldData {
    /// The number.
    #[event_data(default = 1)]
    pub number: i64,
}

/// How to pay.
#[derive(Clone, Copy, Debug, PartialEq, EventData)]
pub enum Payment {
    /// By card.
    Card,
    /// By cheque.
    #[deprecated]
    Cheque,
}

/// A record that still has old parts.
#[derive(Clone, Debug, PartialEq, EventData)]
pub struct OrderData {
    /// An old part.
    #[allow(deprecated)]
    pub old: OldData,
    /// An old field.
    #[deprecated = "use `payment`"]
    pub cheque: bool,
    /// How to pay.
    pub payment: Payment,
}

/// An event with an old part, and what it allows itself.
#[signal("org.example.shop.order.accepted.v1")]
#[expect(deprecated, reason = "until version 2")]
pub struct OrderAccepted {
    /// An old part.
    pub old: OldData,
    /// The order.
    pub order: OrderData,
}

/// An event with an old field.
#[signal("org.example.shop.order.shipped.v1")]
#[doc(hidden)]
#[must_use]
pub struct OrderShipped {
    /// The number.
    #[deprecated]
    pub number: i64,
}

/// An event with a static in another case.
#[allow(non_upper_case_globals)]
#[signal("org.example.shop.order.lost.v1", name = orderLost)]
pub struct OrderLost {
    /// The number.
    pub number: i64,
}

/// An event of some builds, with an attribute above.
#[cfg(all())]
#[signal("org.example.shop.order.found.v1")]
pub struct OrderFound {
    /// The number.
    pub number: i64,
}

/// An event of no build.
#[signal("org.example.shop.order.torn.v1")]
#[cfg(any())]
pub struct OrderTorn {
    /// A type that does not exist.
    pub number: Missing,
}

/// The same, in another way.
#[signal("org.example.shop.order.burnt.v1")]
#[cfg_attr(all(), cfg(any()), deprecated)]
pub struct OrderBurnt {
    /// A type that does not exist.
    pub number: Missing,
}

#[receiver(ORDER_FOUND)]
fn find(number: i64) {
    let _ = number;
}

fn main() {
    assert_eq!(ORDER_FOUND.send_event(1).iter().count(), 1);
    let _ = orderLost.send_event(1);
    let _ = &ORDER_ACCEPTED;
}
