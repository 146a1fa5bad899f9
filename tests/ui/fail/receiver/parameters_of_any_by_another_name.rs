use openedx_events::{AnyEvent, AnySignal, EventsMetadata, receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

pub struct Database;

#[receiver(any)]
fn audit(e: &dyn AnyEvent, sender: &dyn AnySignal, meta: &EventsMetadata, database: &Database) {
    let _ = (e, sender, meta, database);
}

fn main() {}
