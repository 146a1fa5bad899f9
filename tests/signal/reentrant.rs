//! What receivers may do with signals, their own included.

use std::sync::Mutex;

use openedx_events::{AnySignal as _, Connection, Undelivered, receiver, signal};
use openedx_events_tests::{Journal, finishes, names};

#[test]
fn a_receiver_sends_other_events() {
    static JOURNAL: Journal = Journal::new();

    /// Leads to another event.
    #[signal("org.example.reentrant.order.placed.v1")]
    struct OrderPlaced {
        item: String,
    }

    /// Follows from the other event.
    #[signal("org.example.reentrant.invoice.written.v1")]
    struct InvoiceWritten {
        item: String,
    }

    #[receiver(ORDER_PLACED)]
    fn a_invoice(item: &str) {
        JOURNAL.write("order");
        let responses = INVOICE_WRITTEN.send_event(item.to_owned());
        JOURNAL.write(responses.to_string());
    }

    #[receiver(ORDER_PLACED)]
    fn b_pack(item: &str) {
        JOURNAL.write(format!("pack {item}"));
    }

    #[receiver(INVOICE_WRITTEN)]
    fn print(item: &str) {
        JOURNAL.write(format!("print {item}"));
    }

    ORDER_PLACED.send_event("kettle".to_owned()).into_result().unwrap();

    let nested = "org.example.reentrant.invoice.written.v1: 1 receiver";
    assert_eq!(JOURNAL.take(), ["order", "print kettle", nested, "pack kettle"]);
}

#[test]
fn a_receiver_sends_events_of_its_own_signal() {
    static JOURNAL: Journal = Journal::new();

    /// Sent again by its receiver, with one less.
    #[signal("org.example.reentrant.count.down.v1")]
    struct CountDown {
        from: i64,
    }

    #[receiver(COUNT_DOWN)]
    fn go_on(from: i64) -> Result<(), String> {
        JOURNAL.write(from.to_string());
        if from == 0 {
            return Err("lift-off".to_owned());
        }
        let inner = COUNT_DOWN.send_event(from - 1);
        // Only the innermost one fails.
        assert_eq!(inner.is_ok(), from > 1);
        Ok(())
    }

    let responses = finishes(|| COUNT_DOWN.send_event(50).is_ok());

    assert!(responses);
    assert_eq!(JOURNAL.take(), (0..=50).rev().map(|from| from.to_string()).collect::<Vec<_>>());
}

#[test]
fn a_closure_connected_by_a_receiver_is_called_from_the_next_send_on() {
    static GUARDS: Mutex<Vec<Connection>> = Mutex::new(Vec::new());

    /// Its receiver connects closures to it.
    #[signal("org.example.reentrant.branch.grown.v1")]
    struct BranchGrown {
        length: i64,
    }

    #[receiver(BRANCH_GROWN)]
    fn grow(length: i64) {
        let mut guards = GUARDS.lock().unwrap();
        guards.push(BRANCH_GROWN.connect(format!("branch {length}"), |_, _| Ok(())));
    }

    let sent = finishes(|| [1, 2, 3].map(|length| BRANCH_GROWN.send_event(length)));
    assert_eq!(names(&sent[0]), ["grow"]);
    assert_eq!(names(&sent[1]), ["grow", "branch 1"]);
    assert_eq!(names(&sent[2]), ["grow", "branch 1", "branch 2"]);

    finishes(|| GUARDS.lock().unwrap().clear());
    assert_eq!(names(&BRANCH_GROWN.send_event(4)), ["grow"]);
}

#[test]
fn a_connected_closure_disconnects_itself() {
    static GUARD: Mutex<Option<Connection>> = Mutex::new(None);
    static JOURNAL: Journal = Journal::new();

    /// Received once.
    #[signal("org.example.reentrant.secret.shared.v1")]
    struct SecretShared {
        secret: String,
    }

    let once = SECRET_SHARED.connect("once", |event, _| {
        JOURNAL.write(format!("once {}", event.secret));
        // Taken out first: the closure's own value is dropped while it runs.
        let guard = GUARD.lock().unwrap().take();
        guard.expect("called a second time").disconnect();
        Ok(())
    });
    *GUARD.lock().unwrap() = Some(once);
    let _after = SECRET_SHARED.connect("after", |_, _| {
        JOURNAL.write("after");
        Ok(())
    });

    let sent = finishes(|| ["a", "b"].map(|secret| SECRET_SHARED.send_event(secret.to_owned())));

    assert_eq!(names(&sent[0]), ["once", "after"]);
    assert_eq!(names(&sent[1]), ["after"]);
    assert_eq!(JOURNAL.take(), ["once a", "after", "after"]);
    assert!(sent.iter().all(openedx_events::Responses::is_ok));
}

#[test]
fn disabling_inside_a_receiver_applies_from_the_next_send_on() {
    static JOURNAL: Journal = Journal::new();

    /// Its receiver switches it off and on.
    #[signal("org.example.reentrant.fuse.blown.v1")]
    struct FuseBlown {
        depth: i64,
    }

    #[receiver(FUSE_BLOWN)]
    fn a_switch(depth: i64) {
        FUSE_BLOWN.disable();
        let inner = FUSE_BLOWN.send_event(depth + 1);
        assert_eq!(inner.reason(), Some(Undelivered::Disabled));
        if depth == 0 {
            FUSE_BLOWN.enable();
            let inner = FUSE_BLOWN.send_event(depth + 1);
            assert_eq!(inner.reason(), None);
            assert!(inner.is_ok(), "{inner}");
        }
    }

    #[receiver(FUSE_BLOWN)]
    fn b_see(depth: i64) {
        JOURNAL.write(format!("see {depth}"));
    }

    let responses = finishes(|| FUSE_BLOWN.send_event(0));

    assert!(responses.is_ok(), "{responses}");
    // The current send goes on although the signal is disabled by then.
    assert_eq!(JOURNAL.take(), ["see 1", "see 0"]);
    assert!(!FUSE_BLOWN.is_enabled(), "the inner call switched it off last");
}
