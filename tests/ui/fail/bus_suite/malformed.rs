//! What is no expression.

mod nothing {
    openedx_events::bus_suite!();
}

mod two_subjects {
    openedx_events::bus_suite!(Some(()), Some(()));
}

mod with_a_name {
    openedx_events::bus_suite!(memory: Some(()));
}

fn main() {}
