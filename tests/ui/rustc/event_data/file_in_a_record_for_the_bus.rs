use openedx_events::data::BinaryFile;
use openedx_events::{EventData, signal};

/// A record for the bus that holds a file.
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

/// An event for the bus that holds such a record.
#[signal("org.example.theatre.sketch.drawn.v1")]
pub struct SketchDrawn {
    pub sketch: SketchData,
}

fn main() {}
