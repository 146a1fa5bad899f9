use openedx_events::signal;

#[signal]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal(minor_version = 1)]
pub struct OrderShipped {
    pub number: i64,
}

fn main() {}
