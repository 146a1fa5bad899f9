#![deny(warnings)]

use openedx_events::signal;

pub mod events {
    use super::signal;

    /// An old event.
    #[deprecated(note = "use `OrderAccepted`")]
    #[signal("org.example.shop.order.placed.v1")]
    pub struct OrderPlaced {
        pub number: i64,
    }

    #[signal("org.example.shop.order.paid.v1", name = PAID)]
    #[cfg_attr(all(), deprecated = "use `OrderAccepted`")]
    pub struct OrderPaid {
        pub number: i64,
    }
}

fn main() {
    events::ORDER_PLACED.send_event(1);
    let _ = &events::PAID;
}
