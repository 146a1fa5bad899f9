//! A receiver's error or panic affects no other: it is kept, reported and logged, and the other receivers run.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::panic_any;
use std::sync::atomic::{AtomicUsize, Ordering};

use openedx_events::{ReceiverError, SendError, Status, receiver, signal};
use openedx_events_tests::{Journal, block_on, logs, names, statuses};
use tracing::Level;
use tracing::subscriber::NoSubscriber;

/// An error with causes.
#[derive(Debug)]
struct Layered(&'static str, Option<Box<Layered>>);

impl fmt::Display for Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl Error for Layered {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.1.as_deref().map(|cause| cause as &dyn Error)
    }
}

fn no_disk() -> Layered {
    Layered(
        "cannot save",
        Some(Box::new(Layered("cannot write", Some(Box::new(Layered("disk full", None)))))),
    )
}

#[test]
fn errors_and_panics_of_every_kind_are_kept_and_the_others_run() {
    static JOURNAL: Journal = Journal::new();

    /// Most of its receivers fail.
    #[signal("org.example.failing.bridge.crossed.v1")]
    struct BridgeCrossed {
        weight: i64,
    }

    /// A panic's payload that panics again when it is dropped.
    struct Trap;

    impl Drop for Trap {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }

    #[receiver(BRIDGE_CROSSED)]
    fn a_error() -> Result<(), Layered> {
        Err(no_disk())
    }

    #[receiver(BRIDGE_CROSSED)]
    fn b_panic_string(weight: i64) {
        panic!("too heavy: {weight}");
    }

    #[receiver(BRIDGE_CROSSED)]
    fn c_panic_str() {
        panic!("too old");
    }

    #[receiver(BRIDGE_CROSSED)]
    fn d_panic_other() {
        panic_any(42_u8);
    }

    #[receiver(BRIDGE_CROSSED)]
    fn e_panic_trap() {
        panic_any(Trap);
    }

    #[receiver(BRIDGE_CROSSED)]
    fn f_well() {
        JOURNAL.write("f_well");
    }

    #[receiver(BRIDGE_CROSSED)]
    async fn g_panic_async() {
        std::future::ready(()).await;
        panic!("in a future");
    }

    #[receiver(BRIDGE_CROSSED)]
    async fn h_error_async() -> Result<(), Box<dyn Error + Send + Sync>> {
        Err("plain text".into())
    }

    #[receiver(BRIDGE_CROSSED)]
    async fn i_well_async() {
        JOURNAL.write("i_well_async");
    }

    logs::collect();
    let _connection = BRIDGE_CROSSED.connect("connected", |_, _| Err(Box::new(no_disk())));
    let responses = block_on(BRIDGE_CROSSED.send_event_async(99));

    assert_eq!(JOURNAL.take(), ["f_well", "i_well_async"]);
    let failures: Vec<_> =
        responses.errors().map(|(info, error)| (info.path.clone(), error.to_string())).collect();
    let path = |name: &str| format!("signal::failing::{name}");
    let expected = [
        (path("a_error"), "cannot save"),
        (path("b_panic_string"), "panicked: too heavy: 99"),
        (path("c_panic_str"), "panicked: too old"),
        (path("d_panic_other"), "panicked: with a value that is not text"),
        (path("e_panic_trap"), "panicked: with a value that is not text"),
        ("connected".to_owned(), "cannot save"),
        (path("g_panic_async"), "panicked: in a future"),
        (path("h_error_async"), "plain text"),
    ];
    assert_eq!(failures, expected.map(|(path, text)| (path.into(), text.to_owned())));

    assert_eq!(
        names(&responses)[..],
        [
            "a_error",
            "b_panic_string",
            "c_panic_str",
            "d_panic_other",
            "e_panic_trap",
            "f_well",
            "connected",
            "g_panic_async",
            "h_error_async",
            "i_well_async"
        ]
    );
    let well: Vec<_> = responses
        .iter()
        .filter(|response| response.result.is_ok_and(|status| status == Status::Completed))
        .map(|response| response.receiver.path.to_string())
        .collect();
    assert_eq!(well, [path("f_well"), path("i_well_async")]);
    assert_eq!((responses.len(), responses.is_empty(), responses.is_ok()), (10, false, false));
    assert_eq!(responses.reason(), None);

    // Each is logged once, with all that is known.
    let records = logs::of("org.example.failing.bridge.crossed.v1");
    assert_eq!(records.len(), 8, "{records:#?}");
    for (record, (receiver, error)) in records.iter().zip(responses.errors()) {
        assert_eq!((record.level, record.message.as_str()), (Level::ERROR, "receiver failed"));
        assert_eq!(record.field("receiver"), receiver.to_string());
        assert!(record.field("error").starts_with(&error.to_string()), "{record:?}");
    }
    assert_eq!(records[0].field("error"), "cannot save: cannot write: disk full");
    let place =
        records[0].field("receiver").strip_prefix("signal::failing::a_error (tests/signal/failing.rs:");
    assert!(place.is_some_and(|place| place.ends_with(')')), "{records:?}");
}

#[test]
fn display_is_one_line_with_each_failure_and_its_causes() {
    /// Its receivers fail.
    #[signal("org.example.failing.ship.sank.v1")]
    struct ShipSank {
        depth: i64,
    }

    #[receiver(SHIP_SANK)]
    fn a_save() -> Result<(), Layered> {
        Err(no_disk())
    }

    #[receiver(SHIP_SANK)]
    fn b_dive(depth: i64) {
        assert!(depth < 40, "too deep");
    }

    #[receiver(SHIP_SANK)]
    fn c_well() {}

    let responses = SHIP_SANK.send_event(3000);
    let [a, b] = [0, 1].map(|place| SHIP_SANK.receivers_at(place));
    let expected = format!(
        "org.example.failing.ship.sank.v1: 3 receivers, 2 failed; {a}: cannot save: cannot write: disk full; {b}: \
         panicked: too deep"
    );
    assert_eq!(responses.to_string(), expected);
    let debug = format!("{responses:?}");
    assert!(debug.contains(r#""signal::failing::c_well": Ok(Completed)"#), "{debug}");

    let error: SendError = responses.into_result().unwrap_err();
    assert_eq!(error.to_string(), expected);
    let shown = format!("{error:?}");
    assert!(shown.contains("b_dive") && shown.contains("too deep"), "what `unwrap` shows: {shown}");
    assert_eq!(error.responses().errors().count(), 2);
}

trait ReceiversAt {
    fn receivers_at(&self, place: usize) -> String;
}

impl<S: openedx_events::AnySignal> ReceiversAt for S {
    fn receivers_at(&self, place: usize) -> String {
        self.receivers()[place].to_string()
    }
}

#[test]
fn display_of_one_receiver_reads_well_too() {
    /// All is well.
    #[signal("org.example.failing.sun.rose.v1")]
    struct SunRose {
        hour: i64,
    }

    #[receiver(SUN_ROSE)]
    fn wake(_hour: i64) {}

    assert_eq!(SUN_ROSE.send_event(6).to_string(), "org.example.failing.sun.rose.v1: 1 receiver");
}

#[test]
fn the_receivers_own_error_can_be_had_back() {
    /// Its receiver fails with a type of its own.
    #[signal("org.example.failing.safe.opened.v1")]
    struct SafeOpened {
        code: i64,
    }

    #[receiver(SAFE_OPENED)]
    fn guard(_code: i64) -> Result<(), Layered> {
        Err(no_disk())
    }

    let responses = SAFE_OPENED.send_event(1234);
    let (_, error) = responses.errors().next().unwrap();
    let source = error.source().map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("cannot write"), "the causes go on below the receiver's own error");
    let ReceiverError::Failed(error) = error else { panic!("{error:?}") };
    assert_eq!(error.downcast_ref::<Layered>().map(|error| error.0), Some("cannot save"));
}

#[test]
fn nothing_is_formatted_when_nobody_logs() {
    static FORMATTED: AtomicUsize = AtomicUsize::new(0);

    #[derive(Debug)]
    struct Costly;

    impl fmt::Display for Costly {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            FORMATTED.fetch_add(1, Ordering::Relaxed);
            f.write_str("costly")
        }
    }

    impl Error for Costly {}

    /// Its receivers fail with an error that counts how often it is formatted.
    #[signal("org.example.failing.novel.written.v1")]
    struct NovelWritten {
        words: i64,
    }

    #[receiver(NOVEL_WRITTEN)]
    fn publish(_words: i64) -> Result<(), Costly> {
        Err(Costly)
    }

    #[receiver(NOVEL_WRITTEN)]
    async fn review() -> Result<(), Costly> {
        Err(Costly)
    }

    logs::collect();
    let send = || block_on(NOVEL_WRITTEN.send_event_async(80_000));
    let responses = tracing::subscriber::with_default(NoSubscriber::default(), send);
    assert_eq!(responses.errors().count(), 2);
    assert_eq!(FORMATTED.load(Ordering::Relaxed), 0);

    send();
    assert_eq!(FORMATTED.load(Ordering::Relaxed), 2, "once for each when somebody does");
}

#[test]
fn a_signal_works_after_any_number_of_panics() {
    /// Its receiver panics now and then.
    #[signal("org.example.failing.dice.thrown.v1")]
    struct DiceThrown {
        eyes: i64,
    }

    #[receiver(DICE_THROWN)]
    fn bet(eyes: i64) {
        assert_ne!(eyes, 6, "lost");
    }

    for round in 0..300 {
        let eyes = round % 6 + 1;
        let expected = if eyes == 6 { None } else { Some(Status::Completed) };
        assert_eq!(statuses(&DICE_THROWN.send_event(eyes)), [expected]);
    }
}

#[test]
fn a_send_future_that_is_dropped_has_logged_the_failures_before() {
    /// Its sync receiver fails, and one of its async ones never ends.
    #[signal("org.example.failing.wait.lost.v1")]
    struct WaitLost {
        minutes: i64,
    }

    #[receiver(WAIT_LOST)]
    fn a_fails(_minutes: i64) -> Result<(), &'static str> {
        Err("at once")
    }

    #[receiver(WAIT_LOST)]
    async fn b_fails() -> Result<(), &'static str> {
        Err("soon")
    }

    #[receiver(WAIT_LOST)]
    async fn c_never_ends() {
        std::future::pending::<()>().await;
    }

    logs::collect();
    let mut future = Box::pin(WAIT_LOST.send_event_async(5));
    let waker = std::task::Waker::noop();
    assert!(future.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
    drop(future);

    let records = logs::of("org.example.failing.wait.lost.v1");
    let errors: Vec<_> = records.iter().map(|record| record.field("error")).collect();
    assert_eq!(errors, ["at once", "soon"]);
}

#[test]
fn an_error_whose_text_panics_does_not_harm_the_sender() {
    const TYPE: &str = "org.example.failing.riddle.asked.v1";

    #[derive(Debug)]
    struct Unspeakable;

    impl fmt::Display for Unspeakable {
        fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
            panic!("no words");
        }
    }

    impl Error for Unspeakable {}

    /// Its receivers fail with an error that cannot be formatted.
    #[signal("org.example.failing.riddle.asked.v1")]
    struct RiddleAsked {
        riddle: String,
    }

    #[receiver(RIDDLE_ASKED)]
    fn a_fails(_riddle: &str) -> Result<(), Unspeakable> {
        Err(Unspeakable)
    }

    #[receiver(RIDDLE_ASKED)]
    async fn b_fails() -> Result<(), Unspeakable> {
        Err(Unspeakable)
    }

    logs::collect();
    let responses = block_on(RIDDLE_ASKED.send_event_async("What has keys?".to_owned()));

    assert_eq!(responses.errors().count(), 2);
    assert_eq!(responses.to_string().matches(": (its text panicked: no words)").count(), 2, "{responses}");
    let records = logs::of(TYPE);
    assert_eq!(records.len(), 2);
    assert!(
        records.iter().all(|record| record.field("error") == "(its text panicked: no words)"),
        "{records:?}"
    );
}

#[test]
fn a_responses_value_can_go_to_another_thread() {
    fn is_sendable<T: Send + Any>() {}

    is_sendable::<openedx_events::Responses>();
    is_sendable::<SendError>();
}
