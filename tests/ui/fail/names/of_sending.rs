//! Method names of other libraries for sending an event.

use openedx_events::signal;

/// Is sent.
#[signal("org.example.ui.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {
    ORDER_PLACED.send(OrderPlaced { number: 1 });
    let responses = ORDER_PLACED.emit(1);
    assert!(responses.is_ok());
    ORDER_PLACED.publish(&OrderPlaced { number: 1 }).into_result().unwrap();
    ORDER_PLACED.dispatch(1);
    ORDER_PLACED.trigger(1);
    ORDER_PLACED.fire(1);
    ORDER_PLACED.notify(1);
    ORDER_PLACED.broadcast(1);
}

async fn wait() {
    ORDER_PLACED.send_async(1).await;
    let responses = ORDER_PLACED.emit_async(OrderPlaced { number: 1 }).await;
    assert!(responses.is_ok());
}
