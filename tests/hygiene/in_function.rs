//! Everything declared inside a function's body.

use std::sync::atomic::{AtomicI64, Ordering};

use openedx_events::{EventData, receiver, signal};

#[test]
fn events_and_receivers_live_in_a_function() {
    static SEEN: AtomicI64 = AtomicI64::new(0);

    #[derive(Debug, EventData)]
    struct Line {
        number: i64,
    }

    #[signal("org.example.function.line.added.v1", key = line.number)]
    struct LineAdded {
        line: Line,
    }

    #[receiver(LINE_ADDED)]
    fn count(line: &Line) {
        SEEN.fetch_add(line.number, Ordering::Relaxed);
    }

    {
        #[receiver(LINE_ADDED)]
        fn count_again(line: &Line) {
            SEEN.fetch_add(line.number, Ordering::Relaxed);
        }
    }

    LINE_ADDED.send_event(Line { number: 2 });
    assert_eq!(SEEN.load(Ordering::Relaxed), 4);
}

#[test]
fn two_functions_declare_the_same_names() {
    #[signal("org.example.function.line.removed.v1")]
    struct LineAdded {
        number: i64,
    }

    let responses = LINE_ADDED.send_event(1);
    assert!(crate::own_receivers(&responses, module_path!()).is_empty());
}
