use openedx_events::EventData;

#[derive(EventData)]
#[event_data]
#[event_data = "pii"]
#[event_data(pii = true)]
#[event_data(crate)]
#[event_data(crate = "openedx_events")]
#[event_data("serde")]
pub struct OrderData {
    #[event_data(default = )]
    pub number: i64,
    #[event_data(default(1))]
    pub price: i64,
    #[event_data(pii default)]
    pub note: String,
}

#[derive(EventData)]
pub enum Payment {
    #[event_data(rename)]
    Card,
    #[event_data(rename = cash)]
    Cash,
    #[event_data(rename = "a" + "b")]
    Other,
}

fn main() {}
