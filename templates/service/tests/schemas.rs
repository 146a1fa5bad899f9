//! Compares the events with `events.lock.json`. A change that breaks a reader of old or new data fails here.

use {{crate_name}} as _;

#[test]
fn schemas_stay_readable() {
    openedx_events::check_schema_lock!("events.lock.json");
}
