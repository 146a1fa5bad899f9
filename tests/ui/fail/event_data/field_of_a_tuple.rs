use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct OrderData {
    pub size: (i64, i64),
    pub nothing: (),
    pub corners: [i64; 4],
    pub hash: [u8; 32],
    pub parts: Vec<(String, i64)>,
}

fn main() {}
