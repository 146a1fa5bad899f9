//! The events of this service. The test `schemas` compares them with `events.lock.json`.

use openedx_events::{EventData, signal};

/// How an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EventData)]
#[event_data(serde)]
pub enum Payment {
    Card,
    Invoice,
}

/// A customer. All of it is personal data, which is redacted in every log.
#[derive(Clone, PartialEq, EventData)]
#[event_data(serde, pii)]
pub struct Customer {
    pub name: String,
    pub email: String,
}

/// An order.
#[derive(Clone, PartialEq, EventData)]
#[event_data(serde)]
pub struct Order {
    pub number: i64,
    pub customer: Customer,
    pub payment: Payment,
    /// The price of all items.
    pub cents: i64,
}

/// Sent when an order was placed. Events with the same key are processed in their order.
#[signal("{{namespace}}.order.placed.v1", key = order.number)]
pub struct OrderPlaced {
    pub order: Order,
}
