use openedx_events::signal;

#[signal("org.example.shop.reader.joined.v1")]
pub struct ReaderJoined {
    pub number: i64,
    #[cfg_attr(all(), event_data(pii))]
    pub email: String,
    #[cfg_attr(any(), doc = "No tags.", event_data(pii, default = Vec::new()))]
    pub tags: Vec<String>,
    #[cfg_attr(all(), cfg_attr(all(), cfg(test)))]
    pub note: String,
}

#[signal("org.example.shop.reader.left.v1")]
#[cfg_attr(all(), derive(Clone, Debug))]
#[cfg_attr(all(), derive(openedx_events::EventData), event_data(serde))]
pub struct ReaderLeft {
    pub number: i64,
}

fn main() {
    READER_LEFT.send_event(ReaderLeft { number: 1 });
}
