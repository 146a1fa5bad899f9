use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct OrderData {
    pub note: &'static str,
    pub names: &'static [String],
    pub address: Option<&'static AddressData>,
}

#[derive(Debug, EventData)]
pub struct AddressData {
    pub town: String,
}

fn main() {}
