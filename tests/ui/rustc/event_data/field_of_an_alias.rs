use openedx_events::EventData;

type Text = &'static str;
type Byte = u8;

#[derive(Debug, EventData)]
pub struct OrderData {
    pub note: Text,
    pub red: Byte,
}

fn main() {}
