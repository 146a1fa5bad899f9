use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, HashSet};
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use openedx_events::EventData;

#[derive(Debug, EventData)]
pub struct OrderData {
    pub tags: RefCell<Vec<String>>,
    pub note: Rc<String>,
    pub name: Arc<str>,
    pub lines: Option<Mutex<i64>>,
    pub labels: BTreeMap<String, Cow<'static, str>>,
    pub words: HashSet<String>,
}

fn main() {}
