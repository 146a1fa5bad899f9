//! The reason why an event reached no receiver. (Two signals of one type are tested in `signal_duplicates`.)

use openedx_events::{AnySignal as _, Undelivered, receiver, signal};
use openedx_events_tests::{Journal, block_on};

#[test]
fn nobody_listens() {
    /// Has no receivers.
    #[signal("org.example.undelivered.tree.fell.v1")]
    struct TreeFell {
        height: i64,
    }

    let send = || [TREE_FELL.send_event(TreeFell { height: 9 }), block_on(TREE_FELL.send_event_async(9))];
    for responses in send() {
        assert_eq!(responses.reason(), Some(Undelivered::NoReceivers));
        assert_eq!((responses.len(), responses.is_empty(), responses.is_ok()), (0, true, true));
        assert_eq!(
            responses.to_string(),
            "org.example.undelivered.tree.fell.v1: no receivers: nothing listens to this event; a crate of receivers has to be named in the code, with `openedx_events::link!`"
        );
    }

    let connection = TREE_FELL.connect("hiker", |event, _| {
        assert_eq!(event.height, 9);
        Ok(())
    });
    for responses in send() {
        assert_eq!((responses.reason(), responses.len()), (None, 1));
    }

    connection.disconnect();
    for responses in send() {
        assert_eq!(responses.reason(), Some(Undelivered::NoReceivers));
    }
}

#[test]
fn a_disabled_signal_calls_nobody_until_it_is_enabled() {
    static JOURNAL: Journal = Journal::new();

    /// Is switched off and on.
    #[signal("org.example.undelivered.lamp.lit.v1")]
    struct LampLit {
        watts: i64,
    }

    #[receiver(LAMP_LIT)]
    fn see(watts: i64) {
        JOURNAL.write(watts.to_string());
    }

    let _connection = LAMP_LIT.connect("moth", |_, _| {
        JOURNAL.write("moth");
        Ok(())
    });
    // Before any other use of the signal, too.
    LAMP_LIT.disable();
    assert!(!LAMP_LIT.is_enabled());
    for responses in [LAMP_LIT.send_event(1), block_on(LAMP_LIT.send_event_async(2))] {
        assert_eq!(responses.reason(), Some(Undelivered::Disabled));
        assert!(responses.is_empty());
        assert_eq!(
            responses.into_result().unwrap().to_string(),
            "org.example.undelivered.lamp.lit.v1: the signal is disabled"
        );
    }
    assert_eq!(JOURNAL.take(), [""; 0]);

    LAMP_LIT.enable();
    assert!(LAMP_LIT.is_enabled());
    assert_eq!(LAMP_LIT.send_event(3).len(), 2);
    assert_eq!(JOURNAL.take(), ["3", "moth"]);
}

#[test]
fn a_disabled_signal_without_receivers_says_that_it_is_disabled() {
    /// Has neither receivers nor permission.
    #[signal("org.example.undelivered.mute.spoke.v1")]
    struct MuteSpoke {
        word: String,
    }

    MUTE_SPOKE.disable();
    let event = MuteSpoke { word: "?".into() };
    assert_eq!(event.word, "?");
    assert_eq!(MUTE_SPOKE.send_event(event).reason(), Some(Undelivered::Disabled));
}

#[test]
fn an_unknown_type_is_answered_with_the_nearest_names() {
    let error = openedx_events::get_signal_by_type("org.example.undelivered.lamp.lid.v1").unwrap_err();

    assert!(error.to_string().starts_with("no signal has the type `org.example.undelivered.lamp.lid.v1`"));
    assert!(error.to_string().contains("did you mean `org.example.undelivered.lamp.lit.v1`"), "{error}");
}
