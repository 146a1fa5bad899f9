//! The backend in memory passes the suite for backends.

use std::sync::{Arc, LazyLock};

use openedx_events::bus::Backend;
use openedx_events::bus::memory::Memory;
use openedx_events::bus::suite::Subject;

static MEMORY: LazyLock<Memory> = LazyLock::new(Memory::new);

struct InMemory;

impl Subject for InMemory {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(MEMORY.clone())
    }
}

openedx_events::bus_suite!(Some(InMemory));
