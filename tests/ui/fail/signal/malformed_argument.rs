use openedx_events::signal;

#[signal(
    "org.example.shop.order.placed.v1",
    key,
    minor_version,
    trigger_repository,
    warning,
    name,
    crate,
)]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal(
    "org.example.shop.order.shipped.v1",
    key =,
    minor_version =,
    trigger_repository =,
    warning =,
    name =,
    crate =
)]
pub struct OrderShipped {
    pub number: i64,
}

#[signal(
    "org.example.shop.order.returned.v1",
    key = "number",
    minor_version = "1",
    trigger_repository = repository,
    warning = warning,
    name = "RETURNED",
    crate = "openedx_events",
)]
pub struct OrderReturned {
    pub number: i64,
}

#[signal(
    "org.example.shop.order.paid.v1",
    key(number),
    minor_version = 1 + 1,
    name = orders::PAID,
    unversioned = true,
)]
pub struct OrderPaid {
    pub number: i64,
}

#[signal(
    "org.example.shop.order.counted.v1" key = number
    minor_version = 1,
    key = number.,
    crate = openedx_events::,
)]
pub struct OrderCounted {
    pub number: i64,
}

fn main() {}
