use openedx_events::{EventData, signal};

#[derive(Debug, EventData)]
pub struct BrötchenData {
    pub number: i64,
}

#[derive(Debug, EventData)]
pub enum Größe {
    Small,
    Übergroß,
    #[event_data(rename = "riesig groß")]
    Huge,
}

#[signal("org.example.bakery.roll.baked.v1")]
pub struct RollBaked {
    pub roll: BrötchenData,
    pub size: Größe,
}

fn main() {}
