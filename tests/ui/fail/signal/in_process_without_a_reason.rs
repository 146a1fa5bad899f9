use openedx_events::signal;

/// Sent when a film was developed.
#[signal("org.example.photo.film.developed.v1", in_process = " ")]
pub struct FilmDeveloped {
    pub frames: i64,
}

/// Sent when a film was cut.
#[signal("org.example.photo.film.cut.v1", in_process)]
pub struct FilmCut {
    pub frames: i64,
}

fn main() {}
