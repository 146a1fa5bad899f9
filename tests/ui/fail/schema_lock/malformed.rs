//! What is no path of a lock file.

fn nothing() {
    openedx_events::check_schema_lock!();
}

fn two_paths() {
    openedx_events::check_schema_lock!("a.json", "b.json");
}

fn an_argument_with_a_name() {
    openedx_events::check_schema_lock!(path = "a.json", accept);
}

fn main() {}
