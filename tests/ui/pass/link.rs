//! Every form of `link!`, without the prelude.

#![no_implicit_prelude]
#![deny(warnings)]

::openedx_events::link!(openedx_events);

mod several {
    ::openedx_events::link!(openedx_events, serde_json as its_own_name,);

    // Another of the same name is not in the way.
    mod serde_json {}

    pub fn in_a_function() {
        ::openedx_events::link!(openedx_events as r#openedx_events);
        ::openedx_events::link![serde_json];
        ::openedx_events::link! { serde_json }
    }
}

#[cfg(any())]
::openedx_events::link!(behind_a_feature);

fn main() {
    several::in_a_function();
    ::core::assert!(::openedx_events::check().is_err());
}
