use openedx_events::EventData;

#[derive(EventData)]
pub struct OrderData {}

#[derive(EventData)]
pub struct LineData;

fn main() {}
