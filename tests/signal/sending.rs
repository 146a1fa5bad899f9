//! The ways of sending, and what a receiver can take.

use std::sync::Mutex;

use chrono::{TimeZone as _, Utc};
use openedx_events::{AnySignal, EventsMetadata, Signal, Status, receiver, signal};
use openedx_events_tests::{Journal, block_on, names, statuses};
use uuid::Uuid;

#[test]
fn an_event_of_one_field_is_sent_by_itself_or_by_the_field() {
    static JOURNAL: Journal = Journal::new();

    /// Has one field.
    #[signal("org.example.sending.word.said.v1")]
    struct WordSaid {
        word: String,
    }

    #[receiver(WORD_SAID)]
    fn hear(word: &str) {
        JOURNAL.write(word);
    }

    let by_event = WORD_SAID.send_event(WordSaid { word: "event".into() });
    let by_field = WORD_SAID.send_event("field".to_owned());

    assert_eq!(statuses(&by_event), [Some(Status::Completed)]);
    assert_eq!(statuses(&by_field), [Some(Status::Completed)]);
    assert_eq!(JOURNAL.take(), ["event", "field"]);
}

#[test]
fn fail_fast_stops_at_the_first_failure() {
    static JOURNAL: Journal = Journal::new();

    /// Its second receiver fails.
    #[signal("org.example.sending.chain.pulled.v1")]
    struct ChainPulled {
        force: i64,
    }

    #[receiver(CHAIN_PULLED)]
    fn a_first() {
        JOURNAL.write("a_first");
    }

    #[receiver(CHAIN_PULLED)]
    fn b_breaks(force: i64) {
        assert!(force < 10, "broken at {force}");
    }

    #[receiver(CHAIN_PULLED)]
    fn c_third() {
        JOURNAL.write("c_third");
    }

    #[receiver(CHAIN_PULLED)]
    async fn d_async() {
        JOURNAL.write("d_async");
    }

    let _connection = CHAIN_PULLED.connect("connected", |_, _| {
        JOURNAL.write("connected");
        Ok(())
    });
    let stopped =
        [Some(Status::Completed), None, Some(Status::NotRun), Some(Status::NotRun), Some(Status::NotRun)];

    let responses = CHAIN_PULLED.event(99).fail_fast().send();
    assert_eq!(names(&responses), ["a_first", "b_breaks", "c_third", "connected", "d_async"]);
    assert_eq!(statuses(&responses), stopped);
    assert_eq!(responses.len(), 5);
    assert!(responses.to_string().contains(": 5 receivers, 1 failed, 3 not run; "), "{responses}");
    assert_eq!(JOURNAL.take(), ["a_first"]);

    let responses = block_on(CHAIN_PULLED.event(99).fail_fast().send_async());
    assert_eq!(statuses(&responses), stopped);
    assert_eq!(JOURNAL.take(), ["a_first"]);

    let responses = block_on(CHAIN_PULLED.event(1).fail_fast().send_async());
    assert_eq!(statuses(&responses), [Some(Status::Completed); 5]);
    assert_eq!(JOURNAL.take(), ["a_first", "c_third", "connected", "d_async"]);

    let responses = block_on(CHAIN_PULLED.send_event_async(99));
    assert_eq!(statuses(&responses).iter().flatten().count(), 4, "without it all others run");
    assert_eq!(JOURNAL.take(), ["a_first", "c_third", "connected", "d_async"]);
}

/// Its metadata is looked at.
#[signal("org.example.sending.stamp.put.v1", minor_version = 3)]
#[derive(Clone)]
struct StampPut {
    letter: i64,
}

static STAMPS: Mutex<Vec<(i64, EventsMetadata, bool)>> = Mutex::new(Vec::new());

#[receiver(STAMP_PUT)]
fn keep_stamp(letter: i64, metadata: &EventsMetadata, from_event_bus: bool) {
    STAMPS.lock().unwrap().push((letter, metadata.clone(), from_event_bus));
}

/// What a send of this number came with; the tests that share the signal send different ones.
#[track_caller]
fn stamp_of(letter: i64) -> (EventsMetadata, bool) {
    let stamps = STAMPS.lock().unwrap();
    let mut found = stamps.iter().filter(|(each, ..)| *each == letter);
    let (_, metadata, from_event_bus) = found.next().expect("the receiver was not called");
    assert!(found.next().is_none(), "the receiver was called again");
    (metadata.clone(), *from_event_bus)
}

#[test]
fn each_send_makes_metadata_of_its_own() {
    let before = Utc::now_micros();
    STAMP_PUT.send_event(1);
    STAMP_PUT.event_ref(&StampPut { letter: 2 }).send();
    block_on(STAMP_PUT.send_event_async(3));
    let after = Utc::now_micros();

    let all = [1, 2, 3].map(stamp_of);
    for (metadata, from_event_bus) in &all {
        assert!(!from_event_bus);
        assert_eq!(metadata.event_type(), "org.example.sending.stamp.put.v1");
        assert_eq!(metadata.minorversion(), 3);
        assert!((before..=after).contains(&metadata.time().timestamp_micros()));
    }
    assert_ne!(all[0].0.id(), all[1].0.id());
    assert_ne!(all[1].0.id(), all[2].0.id());
}

/// The time through std, as chrono's clock is not compiled in.
trait NowMicros {
    fn now_micros() -> i64;
}

impl NowMicros for Utc {
    fn now_micros() -> i64 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        i64::try_from(since.as_micros()).unwrap()
    }
}

#[test]
fn an_explicit_time_stands_in_the_metadata() {
    let time = Utc.with_ymd_and_hms(2019, 5, 4, 3, 2, 1).unwrap();

    STAMP_PUT.event(4).time(time).unwrap().send();
    block_on(STAMP_PUT.event(5).time(time).unwrap().send_async());

    for letter in [4, 5] {
        let (metadata, from_event_bus) = stamp_of(letter);
        assert_eq!(metadata.time(), time);
        assert!(!from_event_bus);
    }
}

#[test]
fn custom_metadata_is_passed_through_as_it_is() {
    let metadata = EventsMetadata::new("org.example.of.another.type.v7")
        .with_id(Uuid::from_u128(0x0123_4567_89ab_cdef))
        .with_time(Utc.with_ymd_and_hms(1999, 12, 31, 23, 59, 59).unwrap())
        .unwrap()
        .with_minorversion(9)
        .unwrap()
        .with_source("openedx/lms/worker")
        .with_sourcehost("elsewhere")
        .with_sourcelib(vec![8, 0, 1]);

    STAMP_PUT.send_event_with_custom_metadata(6, metadata.clone());
    STAMP_PUT.event_ref(&StampPut { letter: 7 }).metadata(&metadata).from_event_bus().send();
    block_on(STAMP_PUT.event(8).metadata(&metadata).from_event_bus().send_async());
    STAMP_PUT.send_any(Box::new(StampPut { letter: 9 }), metadata.clone()).unwrap();

    for letter in 6..=9 {
        assert_eq!(stamp_of(letter), (metadata.clone(), true), "letter {letter}");
    }
}

#[test]
fn each_option_is_said_and_none_implied() {
    let metadata = STAMP_PUT.generate_metadata().with_source("openedx/lms/worker");

    STAMP_PUT.event(20).metadata(&metadata).send();
    assert_eq!(
        stamp_of(20),
        (metadata.clone(), false),
        "metadata of its own does not make it one of the bus"
    );

    STAMP_PUT.event(21).from_event_bus().send();
    let (made, from_event_bus) = stamp_of(21);
    assert!(from_event_bus);
    assert_ne!(made.id(), metadata.id());

    let time = Utc.with_ymd_and_hms(2019, 5, 4, 3, 2, 1).unwrap();
    STAMP_PUT.event(22).metadata(&metadata).time(time).unwrap().send();
    let (made, _) = stamp_of(22);
    assert_eq!((made.time(), made.id() == metadata.id()), (time, false), "the last one counts");
    let event = StampPut { letter: 23 };
    block_on(STAMP_PUT.event_ref(&event).metadata(&metadata).send_async());
    assert_eq!(stamp_of(23), (metadata, false));
    assert!(STAMP_PUT.event(24).time(chrono::DateTime::<Utc>::MAX_UTC).is_err());
}

#[test]
fn an_event_of_another_signal_comes_back() {
    /// Is not the other event.
    #[signal("org.example.sending.parcel.put.v1")]
    struct ParcelPut {
        weight: i64,
    }

    let refused = STAMP_PUT.send_any(Box::new(ParcelPut { weight: 4 }), STAMP_PUT.generate_metadata());

    let event = refused.unwrap_err();
    assert_eq!(event.as_any().downcast_ref::<ParcelPut>().map(|parcel| parcel.weight), Some(4));
}

#[test]
fn a_borrowed_event_is_not_cloned_for_sync_receivers() {
    /// Counts its clones.
    #[signal("org.example.sending.original.borrowed.v1")]
    struct OriginalBorrowed {
        copies: i64,
    }

    impl Clone for OriginalBorrowed {
        fn clone(&self) -> Self {
            panic!("cloned")
        }
    }

    #[receiver(ORIGINAL_BORROWED)]
    fn look(copies: i64) {
        assert_eq!(copies, 1);
    }

    let event = OriginalBorrowed { copies: 1 };
    assert!(ORIGINAL_BORROWED.event_ref(&event).send().is_ok());
    let _connection = ORIGINAL_BORROWED.connect("also looks", |event, _| {
        assert_eq!(event.copies, 1);
        Ok(())
    });
    assert_eq!(ORIGINAL_BORROWED.event_ref(&event).send().into_result().unwrap().len(), 2);
}

#[test]
fn an_event_need_not_be_clone() {
    static JOURNAL: Journal = Journal::new();

    /// Cannot be cloned.
    #[signal("org.example.sending.unique.made.v1")]
    struct UniqueMade {
        number: i64,
    }

    #[receiver(UNIQUE_MADE)]
    async fn keep(number: i64) {
        JOURNAL.write(format!("async {number}"));
    }

    #[receiver(UNIQUE_MADE)]
    fn look(number: i64) {
        JOURNAL.write(format!("sync {number}"));
    }

    block_on(UNIQUE_MADE.send_event_async(5));
    assert_eq!(JOURNAL.take(), ["sync 5", "async 5"]);
}

/// Has fields of many types.
#[signal("org.example.sending.bag.packed.v1")]
struct BagPacked {
    title: String,
    pages: Vec<i64>,
    owner: Option<String>,
    spare: Option<String>,
    weight: f64,
    r#type: String,
    count: u32,
    tags: Option<Vec<String>>,
}

fn bag() -> BagPacked {
    BagPacked {
        title: "Emma".into(),
        pages: vec![1, 2, 3],
        owner: Some("Ada".into()),
        spare: None,
        weight: 0.5,
        r#type: "paper".into(),
        count: 7,
        tags: Some(vec!["old".into()]),
    }
}

static BAG: Journal = Journal::new();

/// Provided by the test.
struct Shelf(&'static str);

#[receiver(BAG_PACKED)]
fn a_takes_fields(
    pages: &[i64],
    mut count: u32,
    title: &str,
    owner: Option<&String>,
    spare: Option<&str>,
    tags: Option<&[String]>,
    r#type: &str,
) {
    count += 1;
    BAG.write(format!("{title} {pages:?} {count} {owner:?} {spare:?} {tags:?} {type}"));
}

#[receiver(BAG_PACKED)]
#[expect(clippy::ref_option, reason = "the field as it is")]
fn b_takes_the_rest(
    signal: &Signal<BagPacked>,
    event: &BagPacked,
    from_event_bus: bool,
    metadata: &EventsMetadata,
    owner: &Option<String>,
) {
    assert!(std::ptr::eq(signal, &raw const BAG_PACKED));
    BAG.write(format!("{} {from_event_bus} {} {owner:?}", event.title, metadata.minorversion()));
}

#[receiver(BAG_PACKED)]
#[expect(clippy::used_underscore_binding, reason = "what such a parameter holds is what is tested")]
fn bb_takes_unused_and_state(_weight: f64, #[state] shelf: &Shelf) {
    BAG.write(format!("{_weight} {}", shelf.0));
}

#[receiver(BAG_PACKED)]
async fn c_takes_async(
    title: &str,
    r#type: &str,
    owner: Option<&str>,
    #[state] shelf: &Shelf,
    mut count: u32,
) {
    count *= 2;
    let yielded = std::future::ready(count).await;
    BAG.write(format!("{title} {type} {owner:?} {} {yielded}", shelf.0));
}

#[receiver(BAG_PACKED)]
#[expect(clippy::used_underscore_binding, reason = "what such a parameter holds is what is tested")]
fn r#match(r#_type: &str) {
    BAG.write(format!("match {_type}"));
}

#[test]
fn parameters_are_fields_by_their_names_and_other_inputs() {
    openedx_events::provide(Shelf("top")).unwrap();

    let responses = block_on(BAG_PACKED.send_event_async(bag()));

    assert_eq!(
        names(&responses),
        ["a_takes_fields", "b_takes_the_rest", "bb_takes_unused_and_state", "match", "c_takes_async"]
    );
    assert!(responses.is_ok(), "{responses}");
    let expected = [
        r#"Emma [1, 2, 3] 8 Some("Ada") None Some(["old"]) paper"#,
        r#"Emma false 0 Some("Ada")"#,
        "0.5 top",
        "match paper",
        r#"Emma paper Some("Ada") top 14"#,
    ];
    assert_eq!(BAG.take(), expected);
}
