use openedx_events::EventData;

#[derive(Clone, EventData)]
#[derive(Debug, openedx_events::EventData)]
pub struct OrderData {
    pub number: i64,
}

fn main() {
    let _ = OrderData::RECORD;
}
