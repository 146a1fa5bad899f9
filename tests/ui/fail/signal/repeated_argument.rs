use openedx_events::signal;

#[signal(
    "org.example.shop.order.placed.v1",
    "org.example.shop.order.placed.v2",
    key = number,
    key = number,
    minor_version = 1,
    minor_version = 2,
    trigger_repository = "a/a",
    trigger_repository = "a/b",
    warning = "one",
    warning = "two",
    name = PLACED,
    name = ORDERED,
    crate = openedx_events,
    crate = openedx_events,
)]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order-line.placed", unversioned, hyphenated, unversioned, hyphenated)]
pub struct OrderLinePlaced {
    pub number: i64,
}

fn main() {}
