use std::sync::Arc;

use openedx_events::EventData;

#[derive(EventData)]
pub struct OrderData {
    #[event_data(default)]
    pub text: Arc<str>,
    #[event_data(pii)]
    pub address: Box<String>,
}

fn main() {}
