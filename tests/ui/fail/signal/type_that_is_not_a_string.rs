use openedx_events::signal;

const TYPE: &str = "org.example.shop.order.placed.v1";

#[signal(TYPE)]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal(1)]
pub struct OrderShipped {
    pub number: i64,
}

#[signal(org.example.shop.order.returned.v1)]
pub struct OrderReturned {
    pub number: i64,
}

#[signal(b"org.example.shop.order.closed.v1")]
pub struct OrderClosed {
    pub number: i64,
}

#[signal(type = "org.example.shop.order.paid.v1")]
pub struct OrderPaid {
    pub number: i64,
}

fn main() {}
