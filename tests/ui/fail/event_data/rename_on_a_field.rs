use openedx_events::EventData;

#[derive(EventData)]
#[event_data(rename = "order")]
pub struct OrderData {
    #[event_data(rename = "no")]
    pub number: i64,
}

fn main() {}
