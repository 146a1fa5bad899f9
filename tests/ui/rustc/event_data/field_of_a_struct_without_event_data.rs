use openedx_events::EventData;

#[derive(Debug, Default)]
pub struct Address {
    pub city: String,
}

#[derive(Debug, EventData)]
pub struct OrderData {
    pub address: Address,
    #[event_data(default)]
    pub other_address: Address,
    pub addresses: Vec<Address>,
    pub last_address: Option<Address>,
}

fn main() {}
