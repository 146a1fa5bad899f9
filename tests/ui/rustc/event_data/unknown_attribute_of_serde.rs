use openedx_events::EventData;
use serde::Serialize;

#[derive(Clone, Debug, Serialize, EventData)]
pub struct OrderData {
    #[serde(nonsense)]
    pub number: i64,
}

fn main() {}
