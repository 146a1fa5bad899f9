use std::rc::Rc;

use openedx_events::EventData;

#[derive(EventData)]
pub struct OrderData {
    pub note: Rc<String>,
}

fn main() {}
