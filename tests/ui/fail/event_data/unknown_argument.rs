use openedx_events::EventData;

#[derive(EventData)]
#[event_data(rename_all = "lowercase", default)]
pub struct OrderData {
    #[event_data(skip, personal)]
    pub number: i64,
}

#[derive(EventData)]
pub enum Payment {
    #[event_data(pii)]
    Card,
    #[event_data(default)]
    Cash,
}

fn main() {}
