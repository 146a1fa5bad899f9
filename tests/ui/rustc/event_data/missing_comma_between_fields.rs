use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct OrderData {
    pub number: i64
    pub price: f64,
}

fn main() {}
