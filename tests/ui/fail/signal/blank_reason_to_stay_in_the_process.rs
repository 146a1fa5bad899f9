use openedx_events::signal;

/// A film was developed.
#[signal("org.example.photo.film.developed.v1", in_process = " ")]
pub struct FilmDeveloped {
    pub frames: i64,
}

/// A film was cut.
#[signal("org.example.photo.film.cut.v1", in_process)]
pub struct FilmCut {
    pub frames: i64,
}

fn main() {}
