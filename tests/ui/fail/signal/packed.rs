use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
#[repr(C, packed)]
pub struct OrderPlaced {
    pub number: i64,
}

#[signal("org.example.shop.order.shipped.v1")]
#[cfg_attr(all(), repr(packed(2)))]
#[derive(Clone, Copy)]
pub struct OrderShipped {
    pub number: i64,
}

fn main() {}
