use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
}

fn main() {
    ORDER_PLACED.send(OrderPlaced { number: 1 });
    let responses = ORDER_PLACED.emit(1);
    assert!(responses.is_ok());
    ORDER_PLACED.publish(&OrderPlaced { number: 1 }).into_result().unwrap();

    let _connection = ORDER_PLACED.subscribe(|event| println!("{}", event.number));
    ORDER_PLACED.on(|event: &OrderPlaced, _| Ok(())).keep();
}
