use openedx_events::EventData;
use openedx_events::serde::{Serialize, Serializer};

#[derive(Debug, EventData)]
#[event_data(serde)]
pub struct OrderData {
    pub number: i64,
}

impl Serialize for OrderData {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.number.serialize(serializer)
    }
}

fn main() {}
