use openedx_events::EventData;

#[derive(Debug, EventData)]
pub enum Payment {
    Card,
}

#[derive(Debug, EventData)]
pub struct OrderData {
    #[event_data(default)]
    pub payment: Payment,
}

fn main() {}
