//! A second suite in a module.

use std::sync::Arc;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend, suite};

struct InMemory;

impl suite::Subject for InMemory {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(Memory::new())
    }
}

openedx_events::bus_suite!(Some(InMemory));
openedx_events::bus_suite!(Some(InMemory));

fn main() {}
