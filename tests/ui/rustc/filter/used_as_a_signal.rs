use openedx_events::testing;
use openedx_events::{filter, receiver, signal};

#[filter("org.example.shop.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub cents: i64,
}

#[receiver(PRICE_REQUESTED)]
fn receives(cents: i64) {
    let _ = cents;
}

fn main() {
    let _ = ORDER_PLACED.run_filter(OrderPlaced { cents: 1 });
    let scope = testing::isolate([&PRICE_REQUESTED]);
    scope.pipeline(&ORDER_PLACED, ["shop::sale"]);
    let _ = scope.ran::<OrderPlaced>();
}
