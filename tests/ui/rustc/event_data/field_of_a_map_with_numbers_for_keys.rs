use std::collections::{BTreeMap, HashMap};

use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct OrderData {
    pub prices: BTreeMap<i64, f64>,
    pub names: HashMap<u32, String>,
}

fn main() {}
