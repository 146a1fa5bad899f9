use openedx_events::data::BinaryFile;
use openedx_events::{EventData, signal};

/// A picture in a record that is to go on the bus.
#[derive(Clone, PartialEq, EventData)]
pub struct PosterData {
    pub picture: BinaryFile,
}

/// A record that stays in the process.
#[derive(Clone, PartialEq, EventData)]
#[event_data(in_process)]
pub struct SketchData {
    pub picture: BinaryFile,
}

/// An event that is to go on the bus with it.
#[signal("org.example.theatre.sketch.drawn.v1")]
pub struct SketchDrawn {
    pub sketch: SketchData,
}

fn main() {}
