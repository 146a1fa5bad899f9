use openedx_events::{AnyEvent, receiver};

#[receiver(any)]
fn audit(event: &dyn AnyEvent, number: i64, _price: f64) {
    let _ = (event, number);
}

fn main() {}
