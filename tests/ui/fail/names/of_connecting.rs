//! Method names of other libraries for connecting a closure.

use openedx_events::signal;

/// Is sent.
#[signal("org.example.ui.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

fn log(_: &OrderPlaced) {}

fn main() {
    let _connection = ORDER_PLACED.subscribe("log", |event, _| println!("{}", event.number));
    ORDER_PLACED.on("log", |event: &OrderPlaced, _| Ok(())).keep();
    ORDER_PLACED.listen("log", log);
    ORDER_PLACED.register("log", &log);
    ORDER_PLACED.observe("log", Box::new(log));
}
