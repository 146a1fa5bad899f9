use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct CategoryData {
    pub name: String,
    pub parent: Option<CategoryData>,
}

#[derive(Debug, EventData)]
#[event_data(serde)]
pub struct PageData {
    pub next: Option<Self>,
}

fn main() {}
