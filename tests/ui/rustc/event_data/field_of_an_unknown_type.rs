use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct OrderData {
    pub number: Strin,
}

fn main() {}
