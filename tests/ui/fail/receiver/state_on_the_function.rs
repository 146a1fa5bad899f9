use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

pub struct Database;

#[receiver(ORDER_PLACED)]
#[state]
fn notify(database: &Database) {
    let _ = database;
}

fn main() {}
