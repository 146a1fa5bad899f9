use openedx_events::{receiver, signal};

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

pub struct Pool;

#[receiver(ORDER_PLACED)]
fn copy(number: i64, #[state] primary: &Pool, #[state] replica: &Pool) {
    let _ = (number, primary, replica);
}

#[receiver(ORDER_PLACED)]
async fn lists(
    #[state] names: &Vec<(String, i64)>,
    #[state] pool: &Pool,
    #[state] prices: &Vec<(String, i64)>,
) {
    let _ = (names, pool, prices);
}

fn main() {}
