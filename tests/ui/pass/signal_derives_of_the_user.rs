#![deny(warnings)]

use openedx_events::{EventData, signal};

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1")]
#[derive(Clone, PartialEq, Default)]
pub struct OrderShipped {
    pub number: i64,
    #[event_data(pii, default)]
    pub address: String,
}

#[derive(Clone, PartialEq, Default, EventData)]
pub struct Learner {
    #[event_data(pii)]
    pub email: String,
}

fn main() {
    let event = OrderShipped { number: 1, address: "Paris".to_owned() };
    assert_eq!(format!("{:?}", event.clone()), r#"OrderShipped { number: 1, address: "<redacted>" }"#);
    assert_eq!(format!("{:?}", Learner::default()), r#"Learner { email: "<redacted>" }"#);
    ORDER_PLACED.send_event(1);
}
