//! What is no name of a crate.

mod a_text {
    openedx_events::link!("openedx_events");
}

mod a_text_of_a_package {
    openedx_events::link!("openedx-events");
}

mod a_package {
    openedx_events::link!(openedx-events);
}

mod a_package_with_a_number {
    openedx_events::link!(openedx-events-2, openedx_events);
}

mod a_module_of_this_crate {
    openedx_events::link!(crate::a_text);
}

mod this_crate {
    openedx_events::link!(crate);
}

mod a_module_of_another_crate {
    openedx_events::link!(openedx_events::testing);
}

mod everything {
    openedx_events::link!(openedx_events::*);
}

mod a_leading_path {
    openedx_events::link!(::openedx_events);
}

mod nothing {
    openedx_events::link!();
}

mod brackets {
    openedx_events::link!([openedx_events]);
}

mod no_comma {
    openedx_events::link!(openedx_events serde_json);
}

mod a_semicolon {
    openedx_events::link!(openedx_events; serde_json);
}

mod two_commas {
    openedx_events::link!(openedx_events,, serde_json);
}

mod a_version {
    openedx_events::link!(openedx_events = "0.1");
}

mod an_import {
    openedx_events::link!(use openedx_events);
}

mod an_attribute {
    openedx_events::link!(#[cfg(unix)] openedx_events);
}

mod an_empty_name {
    openedx_events::link!(openedx_events as _);
}

mod no_name {
    openedx_events::link!(openedx_events as);
}

mod a_package_for_its_own_name {
    openedx_events::link!(openedx_events as openedx-events);
}

mod a_number {
    openedx_events::link!(5);
}

fn main() {}
