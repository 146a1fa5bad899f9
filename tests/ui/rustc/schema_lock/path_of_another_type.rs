//! A path without quotes, and values that are no text.

fn without_quotes() {
    openedx_events::check_schema_lock!(events.lock.json);
}

fn a_number() {
    openedx_events::check_schema_lock!(5);
}

fn a_path() {
    openedx_events::check_schema_lock!(std::path::Path::new("events.lock.json"));
}

fn main() {}
