use openedx_events::EventData;

#[derive(EventData)]
#[event_data(pii, pii, color = "red")]
pub struct OrderData<T> {
    #[event_data(rename = "no", default, default)]
    pub number: T,
    #[event_data(hidden)]
    pub price: f64,
}

#[derive(EventData)]
#[event_data(pii)]
pub enum Payment {
    Card(String),
    #[event_data(rename = "Card", default)]
    Credit { number: String },
    #[event_data(rename = 1)]
    Cash,
}

fn main() {}
