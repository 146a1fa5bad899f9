use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced<T> {
    pub number: T,
}

#[signal("org.example.shop.order.shipped.v1")]
pub struct OrderShipped<'a> {
    pub carrier: &'a str,
}

#[signal("org.example.shop.order.counted.v1")]
pub struct OrderCounted<const N: usize> {
    pub numbers: [i64; N],
}

#[signal("org.example.shop.order.closed.v1")]
pub struct OrderClosed<T>
where
    T: Clone,
{
    pub number: T,
}

#[receiver(ORDER_PLACED, ORDER_SHIPPED)]
fn audit() {}

fn main() {}
