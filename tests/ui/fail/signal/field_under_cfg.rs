use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    #[cfg(debug_assertions)]
    pub note: String,
}

fn main() {}
