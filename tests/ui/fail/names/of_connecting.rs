//! Names that connecting has in other libraries.

use openedx_events::signal;

/// Is sent.
#[signal("org.example.ui.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

fn log(_: &OrderPlaced) {}

fn main() {
    let _connection = ORDER_PLACED.subscribe(|event| println!("{}", event.number));
    ORDER_PLACED.on(|event: &OrderPlaced, _| Ok(())).keep();
    ORDER_PLACED.listen(log);
    ORDER_PLACED.register(&log);
    ORDER_PLACED.observe(Box::new(log));
}
