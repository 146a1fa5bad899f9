//! What belongs to receivers and senders may panic when it is dropped or cloned: that is logged, and reaches nobody.

use std::error::Error;
use std::fmt;
use std::future::pending;
use std::sync::Mutex;
use std::task::{Context, Waker};

use openedx_events::{AnySignal as _, Connection, ReceiverError, drain, provide, receiver, signal, testing};
use openedx_events_tests::logs::{self, Record};
use openedx_events_tests::{Journal, block_on, finishes, statuses, within};

/// Panics when it is dropped.
#[derive(Debug)]
struct Bomb(&'static str);

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a bomb")
    }
}

impl Error for Bomb {}

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("{} goes off", self.0);
    }
}

/// The messages of an event type, but for those of receivers that failed.
fn panics(event_type: &str) -> Vec<Record> {
    let mut records = logs::of(event_type);
    records.retain(|record| !record.field("panic").is_empty());
    records
}

#[tokio::test]
async fn errors_of_receivers_may_panic_when_they_are_dropped() {
    const TYPE: &str = "org.example.dropping.fuse.lit.v1";
    static ERROR: &str = "the error of a receiver panicked when it was dropped";

    /// Its receivers fail.
    #[signal("org.example.dropping.fuse.lit.v1")]
    struct FuseLit {
        seconds: i64,
    }

    #[receiver(FUSE_LIT)]
    fn a_fails() -> Result<(), Bomb> {
        Err(Bomb("a"))
    }

    #[receiver(FUSE_LIT)]
    async fn b_fails() -> Result<(), Bomb> {
        Err(Bomb("b"))
    }

    logs::collect();
    let _connection = FUSE_LIT.connect("c_fails", |_, _| Err(Box::new(Bomb("c"))));
    let scope = testing::isolate([]);
    drop(scope);

    let responses = FUSE_LIT.send_event(3);
    assert_eq!(responses.errors().map(|(_, error)| error.to_string()).collect::<Vec<_>>(), ["a bomb"; 2]);
    drop(responses);
    within(drain()).await;
    let dropped = |records: &[Record]| {
        let mut dropped: Vec<_> = records
            .iter()
            .map(|record| {
                assert_eq!(record.message, ERROR, "{record:?}");
                let receiver = record.field("receiver").split(" (").next().unwrap_or_default();
                format!("{}: {}", receiver.rsplit("::").next().unwrap_or_default(), record.field("panic"))
            })
            .collect();
        dropped.sort();
        dropped
    };
    let expected = ["a_fails: a goes off", "b_fails: b goes off", "c_fails: c goes off"];
    assert_eq!(dropped(&panics(TYPE)), expected);

    let error = FUSE_LIT.send_event_async(3).await.into_result().expect_err("they fail");
    drop(error);
    assert_eq!(dropped(&panics(TYPE)[3..]), expected);
}

#[tokio::test]
async fn events_may_panic_when_they_are_dropped() {
    const TYPE: &str = "org.example.dropping.glass.emptied.v1";
    const NOBODY: &str = "org.example.dropping.bottle.emptied.v1";
    static JOURNAL: Journal = Journal::new();

    /// Has receivers of every kind.
    #[signal("org.example.dropping.glass.emptied.v1")]
    struct GlassEmptied {
        number: i64,
    }

    impl Drop for GlassEmptied {
        fn drop(&mut self) {
            panic!("glass {}", self.number);
        }
    }

    /// Has no receivers.
    #[signal("org.example.dropping.bottle.emptied.v1")]
    struct BottleEmptied {
        number: i64,
    }

    impl Drop for BottleEmptied {
        fn drop(&mut self) {
            panic!("bottle {}", self.number);
        }
    }

    /// Has sync receivers alone.
    #[signal("org.example.dropping.cup.emptied.v1")]
    struct CupEmptied {
        number: i64,
    }

    impl Drop for CupEmptied {
        fn drop(&mut self) {
            panic!("cup {}", self.number);
        }
    }

    #[receiver(GLASS_EMPTIED, CUP_EMPTIED)]
    fn a_sync(number: i64) -> Result<(), String> {
        JOURNAL.write(number.to_string());
        if number == 3 { Err("a failure".to_owned()) } else { Ok(()) }
    }

    #[receiver(GLASS_EMPTIED)]
    async fn b_async(number: i64) {
        JOURNAL.write(number.to_string());
    }

    logs::collect();
    let dropped = |event_type: &str| -> Vec<String> {
        panics(event_type)
            .iter()
            .map(|record| {
                assert_eq!(record.message, "an event panicked when it was dropped", "{record:?}");
                record.field("panic").to_owned()
            })
            .collect()
    };

    assert!(GLASS_EMPTIED.send_event(1).is_ok());
    within(drain()).await;
    assert!(GLASS_EMPTIED.send_event_async(2).await.is_ok());
    assert_eq!(dropped(TYPE), ["glass 1", "glass 2"]);

    assert!(BOTTLE_EMPTIED.send_event(1).is_ok());
    assert!(BOTTLE_EMPTIED.send_event_async(2).await.is_ok());
    BOTTLE_EMPTIED.disable();
    assert!(BOTTLE_EMPTIED.send_event(3).is_ok());
    assert_eq!(dropped(NOBODY), ["bottle 1", "bottle 2", "bottle 3"]);

    // The first send takes the longer path, the others the short one.
    assert!([1, 2, 4].map(|number| CUP_EMPTIED.send_event(number).is_ok()).iter().all(|is_ok| *is_ok));
    assert_eq!(CUP_EMPTIED.send_event(3).errors().count(), 1);
    let _connection = CUP_EMPTIED.connect("c_connected", |_, _| Ok(()));
    assert!(CUP_EMPTIED.send_event(5).is_ok());
    assert_eq!(dropped("org.example.dropping.cup.emptied.v1"), ["cup 1", "cup 2", "cup 4", "cup 3", "cup 5"]);
    assert_eq!(JOURNAL.take(), ["1", "1", "2", "2", "1", "2", "4", "3", "5"]);
}

#[tokio::test]
async fn events_may_panic_when_they_are_cloned() {
    static JOURNAL: Journal = Journal::new();

    /// Cannot be cloned.
    #[signal("org.example.dropping.coin.forged.v1")]
    struct CoinForged {
        value: i64,
    }

    impl Clone for CoinForged {
        fn clone(&self) -> Self {
            panic!("there is one of {}", self.value);
        }
    }

    #[receiver(COIN_FORGED)]
    fn a_sync(value: i64) {
        JOURNAL.write(value.to_string());
    }

    #[receiver(COIN_FORGED)]
    async fn b_async() {
        JOURNAL.write("not without an event");
    }

    let responses = COIN_FORGED.event_ref(&CoinForged { value: 5 }).send();
    assert_eq!(statuses(&responses).iter().map(Option::is_some).collect::<Vec<_>>(), [true, false]);
    let (receiver, error) = responses.errors().next().expect("one");
    assert!(receiver.path.ends_with("b_async"));
    assert!(matches!(error, ReceiverError::Panicked(_)));
    assert_eq!(error.to_string(), "panicked: cloning the event: there is one of 5");
    within(drain()).await;
    assert_eq!(JOURNAL.take(), ["5"]);
}

#[test]
fn awaited_receivers_may_panic_when_they_are_dropped() {
    const TYPE: &str = "org.example.dropping.nap.taken.v1";

    /// Its receiver never ends.
    #[signal("org.example.dropping.nap.taken.v1")]
    struct NapTaken {
        hours: i64,
    }

    #[receiver(NAP_TAKEN)]
    async fn sleep() {
        let _bomb = Bomb("the alarm");
        pending::<()>().await;
    }

    logs::collect();
    let mut send = Box::pin(NAP_TAKEN.send_event_async(8));
    assert!(send.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(send);

    let records = panics(TYPE);
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0].message, "a receiver panicked when it was dropped before it ended");
    assert_eq!(records[0].field("panic"), "the alarm goes off");
    assert!(records[0].field("receiver").contains("::sleep ("));
}

#[test]
fn connected_closures_may_panic_when_they_are_dropped() {
    static GUARD: Mutex<Option<Connection>> = Mutex::new(None);

    /// Its closure disconnects itself, so that the sender drops it.
    #[signal("org.example.dropping.match.struck.v1")]
    struct MatchStruck {
        number: i64,
    }

    logs::collect();
    let bomb = Bomb("the match");
    let once = MATCH_STRUCK.connect("strike once", move |_, _| {
        let _ = &bomb;
        drop(GUARD.lock().unwrap().take());
        Ok(())
    });
    *GUARD.lock().unwrap() = Some(once);

    let responses = finishes(|| MATCH_STRUCK.send_event(1));
    assert!(responses.is_ok(), "{responses}");
    drop(responses);

    let records: Vec<_> =
        logs::all().into_iter().filter(|record| record.field("panic") == "the match goes off").collect();
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!(records[0].message, "a connected closure panicked when it was dropped");
    assert!(records[0].field("receiver").starts_with("strike once ("), "{records:?}");
}

/// A state that is refused is dropped, and may call whatever it wants meanwhile.
#[test]
fn states_may_do_anything_when_they_are_dropped() {
    struct Lamp;

    impl Drop for Lamp {
        fn drop(&mut self) {
            // It is provided already, to the scope and to the program alike.
            assert!(provide(Oil).is_err());
            LAMP_BROKEN.send_event(1);
        }
    }

    struct Oil;

    /// Sent by a state.
    #[signal("org.example.dropping.lamp.broken.v1")]
    struct LampBroken {
        number: i64,
    }

    #[receiver(LAMP_BROKEN)]
    fn sweep(#[state] _oil: &Oil) {
        assert!(provide(Oil).is_err());
    }

    let refuse = || {
        provide(Oil).expect("the first");
        provide(Lamp).expect("the first");
        assert!(provide(Lamp).is_err());
    };
    finishes(move || {
        refuse();
        let scope = testing::isolate([&LAMP_BROKEN]);
        refuse();
        scope.assert_sent::<LampBroken>(|event| event.number == 1);
    });
}

/// An event that sends when it is dropped sends in a circle too.
#[test]
fn events_that_send_when_they_are_dropped_come_to_an_end() {
    static JOURNAL: Journal = Journal::new();

    /// Sent again when it is dropped.
    #[signal("org.example.dropping.phoenix.burnt.v1")]
    struct PhoenixBurnt {
        lives: i64,
    }

    impl Drop for PhoenixBurnt {
        fn drop(&mut self) {
            if self.lives < 1000 {
                PHOENIX_BURNT.send_event(self.lives + 1);
            }
        }
    }

    #[receiver(PHOENIX_BURNT)]
    fn rise(lives: i64) {
        JOURNAL.write(lives.to_string());
    }

    PHOENIX_BURNT.send_event(1);
    assert!(JOURNAL.take().len() < 100);
    block_on(PHOENIX_BURNT.send_event_async(1));
    assert!(JOURNAL.take().len() < 100);
}
