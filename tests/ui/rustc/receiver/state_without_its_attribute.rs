use std::sync::Arc;

use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped {
    pub number: i64,
}

pub struct Database;

#[receiver(ORDER_PLACED)]
fn by_reference(number: i64, database: &Database) {
    let _ = (number, database);
}

#[receiver(ORDER_PLACED, ORDER_SHIPPED)]
async fn of_two_signals(database: &Database) {
    let _ = database;
}

#[receiver(ORDER_PLACED)]
fn by_value(database: Database, shared: Arc<Database>) {
    let _ = (database, shared);
}

#[receiver(ORDER_PLACED)]
fn as_an_option(database: Option<&Database>, shared: &Arc<Database>) {
    let _ = (database, shared);
}

#[receiver(ORDER_PLACED)]
fn in_the_place_of_a_field(number: &Database) {
    let _ = number;
}

fn main() {}
