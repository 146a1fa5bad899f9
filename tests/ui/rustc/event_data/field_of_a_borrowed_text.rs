use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct OrderData {
    pub note: &'static str,
}

fn main() {}
