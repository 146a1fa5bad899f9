use openedx_events::EventData;

#[derive(EventData)]
#[event_data(default)]
pub struct OrderData {
    pub number: i64,
}

fn main() {}
