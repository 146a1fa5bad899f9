use openedx_events::EventData;

/// Which way.
#[derive(Clone, Debug, PartialEq, EventData)]
#[event_data(in_process)]
pub enum Direction {
    Up,
    Down,
}

fn main() {}
