//! What is no `Some` of a `Subject`.

use std::sync::Arc;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{Backend, suite};

struct InMemory;

impl suite::Subject for InMemory {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(Memory::new())
    }
}

mod a_bare_backend {
    use super::Memory;

    openedx_events::bus_suite!(Memory::new());
}

mod a_bare_subject {
    openedx_events::bus_suite!(super::InMemory);
}

mod a_backend_in_an_option {
    use super::Memory;

    openedx_events::bus_suite!(Some(Memory::new()));
}

mod a_type {
    openedx_events::bus_suite!(super::Nothing);
}

fn main() {}
