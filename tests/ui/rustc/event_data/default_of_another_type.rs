use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct OrderData {
    #[event_data(default = "none")]
    pub note: String,
    #[event_data(default = 1)]
    pub price: f64,
}

fn main() {}
