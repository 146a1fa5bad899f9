use std::cell::RefCell;
use std::sync::{Arc, Mutex};

use openedx_events::signal;

#[signal("org.example.shop.order.placed.v1", key = number)]
pub struct OrderPlaced {
    pub number: u64,
    pub note: &str,
    pub names: Option<&[String]>,
    pub tags: RefCell<Vec<String>>,
    pub shared: Arc<String>,
    pub lines: Option<Mutex<Vec<i64>>>,
    pub size: (i64, i64),
    pub page: [i64; 2],
}

fn main() {
    let _ = &ORDER_PLACED;
}
