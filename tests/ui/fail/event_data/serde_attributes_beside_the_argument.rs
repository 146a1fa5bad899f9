use openedx_events::EventData;

#[derive(Clone, Debug, EventData)]
#[event_data(serde)]
#[serde(deny_unknown_fields)]
pub struct OrderData {
    #[serde(rename = "no")]
    pub number: i64,
    #[serde(default)]
    pub tags: Vec<String>,
    #[serde(skip)]
    pub note: Option<String>,
    #[serde(nonsense)]
    pub price: f64,
}

#[derive(Clone, Debug, EventData)]
#[event_data(serde)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Audit,
}

fn main() {
    let _ = serde_json::from_str::<OrderData>("");
}
