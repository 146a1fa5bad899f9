use openedx_events::EventData;

#[derive(EventData)]
#[event_data(pii)]
pub enum Payment {
    Card,
}

fn main() {}
