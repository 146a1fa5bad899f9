use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct PixelData {
    pub red: u8,
    pub green: Option<u8>,
    pub bytes: Vec<u8>,
    pub id: u64,
    pub sizes: Vec<usize>,
    pub offset: isize,
    pub hash: u128,
    pub letter: char,
}

fn main() {}
