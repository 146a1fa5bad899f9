use openedx_events::EventData;

#[derive(EventData)]
pub union Price {
    number: i64,
    float: f64,
}

fn main() {}
