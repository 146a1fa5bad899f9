use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct OrderData {
    pub number: u64,
    pub lines: Vec<usize>,
    pub total: Option<u128>,
}

fn main() {}
