#![deny(warnings)]

use openedx_events::receiver as on;
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
#[receiver(ORDER_SHIPPED, priority = 1)]
fn store(number: i64, #[state] database: &Database) {
    let _ = (number, database);
}

#[on(ORDER_PLACED)]
#[cfg_attr(all(), receiver(ORDER_SHIPPED))]
async fn store_async(#[state] database: &Database, #[allow(unused_variables)] number: i64) {
    let _ = database;
}

#[cfg_attr(all(), receiver(ORDER_PLACED))]
fn under_a_condition(#[cfg_attr(all(), state, allow(unused_variables))] database: &Database) {}

#[cfg_attr(any(), receiver(ORDER_PLACED))]
#[allow(dead_code)]
fn under_none(#[cfg_attr(any(), state)] database: &Database) {
    let _ = database;
}

#[receiver(ORDER_PLACED)]
fn one_of_two(
    #[cfg(all())]
    #[state]
    database: &Database,
    #[cfg(any())]
    #[state]
    replica: &Database,
) {
    let _ = database;
}

fn main() {
    openedx_events::provide(Database).unwrap();
    openedx_events::check().unwrap();
    assert_eq!(ORDER_PLACED.send_event(1).iter().filter(|response| response.result.is_ok()).count(), 3);
    assert_eq!(ORDER_SHIPPED.send_event(1).iter().filter(|response| response.result.is_ok()).count(), 1);
}
