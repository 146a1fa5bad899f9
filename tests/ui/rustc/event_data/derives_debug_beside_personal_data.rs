use openedx_events::EventData;

#[derive(Clone, Debug, EventData)]
pub struct LearnerData {
    pub id: i64,
    #[event_data(pii)]
    pub email: String,
    #[event_data(pii)]
    pub name: String,
}

#[derive(EventData, Debug)]
#[event_data(pii)]
pub struct AddressData {
    pub city: String,
}

fn main() {}
