use openedx_events::EventData;

#[derive(EventData)]
#[event_data(pii, serde, crate = openedx_events)]
#[event_data(pii, serde, crate = openedx_events)]
pub struct OrderData {
    #[event_data(pii, default, pii)]
    #[event_data(default = 1)]
    pub number: i64,
}

#[derive(EventData)]
pub enum Payment {
    #[event_data(rename = "card", rename = "credit")]
    Card,
}

fn main() {}
