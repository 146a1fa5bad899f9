use openedx_events::signal;

#[signal("org.example.shop.order.placed.1.0.2")]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1.2")]
pub struct OrderShipped {
    pub number: i64,
}

#[signal("org.example.shop.order.lost.v2.0.0")]
pub struct OrderLost {
    pub number: i64,
}

#[signal("org.example.shop.order.found.v1_1")]
pub struct OrderFound {
    pub number: i64,
}

#[signal("org.example.shop.order.paid.v1beta")]
pub struct OrderPaid {
    pub number: i64,
}

fn main() {}
