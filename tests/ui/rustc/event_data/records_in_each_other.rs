use openedx_events::EventData;

#[derive(Clone, Debug, EventData)]
pub struct AuthorData {
    pub book: Option<BookData>,
}

#[derive(Clone, Debug, EventData)]
pub struct BookData {
    pub author: Option<AuthorData>,
}

fn main() {}
