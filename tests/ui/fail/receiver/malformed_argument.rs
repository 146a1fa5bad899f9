use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[receiver(ORDER_PLACED, priority)]
fn first() {}

#[receiver(ORDER_PLACED, priority =)]
fn second() {}

#[receiver(ORDER_PLACED, priority = "high")]
fn third() {}

#[receiver(ORDER_PLACED, priority = 1.5)]
fn fourth() {}

#[receiver(ORDER_PLACED, priority = 3_000_000_000)]
fn fifth() {}

#[receiver(ORDER_PLACED, priority = -3_000_000_000)]
fn sixth() {}

#[receiver(ORDER_PLACED, priority = 1 + 1)]
fn seventh() {}

#[receiver(ORDER_PLACED, crate = "openedx_events")]
fn eighth() {}

#[receiver(ORDER_PLACED, crate)]
fn ninth() {}

#[receiver(ORDER_PLACED, priority(1))]
fn tenth() {}

#[receiver(ORDER_PLACED, off = true)]
fn eleventh() {}

fn main() {}
