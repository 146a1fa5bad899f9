use openedx_events::EventData;

/// What a bakery sells.
#[derive(Clone, Debug, PartialEq, EventData)]
pub struct BreadData {
    pub größe: i64,
}

fn main() {}
