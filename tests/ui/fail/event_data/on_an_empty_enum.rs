use openedx_events::EventData;

#[derive(EventData)]
pub enum Payment {}

fn main() {}
