use openedx_events::EventData;

#[derive(Clone, Debug, EventData)]
#[event_data(serde)]
#[derive(serde::Serialize, serde::Deserialize)]
pub struct OrderData {
    pub number: i64,
}

fn main() {
    let _ = serde_json::from_str::<OrderData>("");
}
