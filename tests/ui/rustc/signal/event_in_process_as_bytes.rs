use openedx_events::data::BinaryFile;
use openedx_events::{avro, signal};

/// A film was developed.
#[signal("org.example.photo.film.developed.v1", in_process = "it holds the pictures")]
pub struct FilmDeveloped {
    pub pictures: BinaryFile,
}

fn main() {
    let event = FilmDeveloped { pictures: BinaryFile::new(Vec::new()) };
    avro::to_vec(&event).unwrap();
}
