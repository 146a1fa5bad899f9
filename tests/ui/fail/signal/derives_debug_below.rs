use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {
    println!("{:?}", OrderPlaced { number: 1 });
}
