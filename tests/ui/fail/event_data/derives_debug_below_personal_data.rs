use openedx_events::EventData;

#[derive(Clone, EventData)]
#[derive(Debug)]
pub struct LearnerData {
    #[event_data(pii)]
    pub email: String,
}

fn main() {}
