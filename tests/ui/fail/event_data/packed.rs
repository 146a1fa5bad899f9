use openedx_events::EventData;

#[derive(Clone, Copy, Debug, EventData)]
#[repr(C, packed(4))]
pub struct PixelData {
    pub red: i16,
    pub green: i64,
}

fn main() {}
