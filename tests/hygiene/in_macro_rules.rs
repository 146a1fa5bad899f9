//! Declarations that a macro writes, from fragments of every kind: each puts its own invisible group around its
//! input, and keeps its own names apart from those of its caller.

use std::sync::atomic::{AtomicI64, Ordering};

use openedx_events::{EventData, EventsMetadata, receiver, signal};

macro_rules! record {
    ($(#[$attribute:meta])* $visibility:vis $name:ident { $($field:ident: $type:ty = $default:expr),* }) => {
        $(#[$attribute])*
        #[derive(EventData)]
        $visibility struct $name {
            $(#[event_data(default = $default)] pub $field: $type,)*
            #[event_data(pii)]
            pub own_field: String,
        }
    };
}

record! {
    /// A line.
    pub Line { number: i64 = 1 + 1, note: Option<String> = None }
}

macro_rules! event {
    ($name:ident, $signal:ident, $type:literal, $key:ident . $inner:ident, $version:literal, $field:ident: $field_type:ty) => {
        #[signal($type, key = $key.$inner, minor_version = $version, name = $signal)]
        pub struct $name {
            pub $field: $field_type,
            pub count: i64,
        }
    };
}

event!(LineAdded, ADDED, "org.example.macros.line.added.v1", line.number, 3, line: Line);

static SEEN: AtomicI64 = AtomicI64::new(0);

macro_rules! listen {
    ($signal:path, $priority:literal, $function:ident, $name:ident: $type:ty, $other:ident: $other_type:ty, $body:expr) => {
        #[receiver($signal, priority = $priority)]
        fn $function($name: $type, $other: $other_type, metadata: &EventsMetadata) {
            let _ = metadata;
            SEEN.fetch_add($body, Ordering::Relaxed);
        }
    };
}

listen!(ADDED, 5, by_reference, line: &Line, count: i64, line.number + count);
listen!(self::ADDED, -5, with_underscore, _line: &crate::in_macro_rules::Line, _count: &i64, 100);

macro_rules! listen_with {
    ($signal:path, $attempts:literal, $pause:literal, $function:ident) => {
        #[receiver($signal, max_attempts = $attempts, initial_backoff = $pause, max_backoff = $pause, timeout = $pause, dedup)]
        fn $function() {}
    };
}

listen_with!(ADDED, 3, "5m", patiently);

macro_rules! listen_to {
    ($($signal:ident)*, $field:ident) => {
        #[receiver($($signal),*)]
        async fn of_idents($field: Option<&str>) {
            let _ = $field;
        }
    };
}

/// The event, its data and its receiver from one macro, with names of the macro's own.
macro_rules! whole {
    ($module:ident, $type:literal) => {
        mod $module {
            use super::*;

            #[derive(Debug, EventData)]
            pub struct Data {
                pub value: i64,
            }

            #[signal($type, key = data.value)]
            pub struct Happened {
                pub data: Data,
                pub note: Option<String>,
            }

            pub static COUNT: AtomicI64 = AtomicI64::new(0);

            #[receiver(HAPPENED)]
            fn count(data: &Data, event: &Happened) {
                COUNT.fetch_add(data.value + event.data.value, Ordering::Relaxed);
            }

            listen_to!(HAPPENED, note);
        }
    };
}

whole!(first, "org.example.macros.first.happened.v1");
whole!(second, "org.example.macros.second.happened.v1");

/// The crate by its path, as a macro of another crate would give it.
macro_rules! with_crate {
    ($krate:path) => {
        #[signal("org.example.macros.crate.named.v1", crate = $krate)]
        pub struct CrateNamed {
            pub number: i64,
        }

        #[receiver(CRATE_NAMED, crate = $krate)]
        fn named(number: i64) {
            SEEN.fetch_add(number, Ordering::Relaxed);
        }
    };
}

mod by_path {
    use super::*;

    with_crate!(::openedx_events);

    #[test]
    fn the_crate_is_named_by_a_fragment() {
        CRATE_NAMED.send_event(0);
        assert_eq!(CRATE_NAMED.generate_metadata().event_type(), "org.example.macros.crate.named.v1");
    }
}

#[test]
fn fragments_are_taken_as_what_they_hold() {
    let line = Line { number: 1, note: None, own_field: String::new() };
    ADDED.send_event(LineAdded { line, count: 10 });
    assert_eq!(SEEN.load(Ordering::Relaxed), 111);
}

#[test]
fn a_macro_declares_an_event_and_its_receiver() {
    first::HAPPENED.send_event(first::Happened { data: first::Data { value: 1 }, note: None });
    second::HAPPENED.send_event(second::Happened { data: second::Data { value: 10 }, note: None });
    assert_eq!(first::COUNT.load(Ordering::Relaxed), 2);
    assert_eq!(second::COUNT.load(Ordering::Relaxed), 20);
}
