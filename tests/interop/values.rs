//! The random values themselves: the same from the same seed, in their one spelling, and of every kind that there is.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, FixedOffset};
use openedx_events::keys::{
    CCXLocator, CourseKey, LibraryCollectionLocator, LibraryContainerLocator, LibraryLocatorV2,
    LibraryUsageLocatorV2, UsageKey,
};
use openedx_events::{AnySignal, EventData, PersonalData, get_signal_by_type, signal};
use openedx_events_tests::random::Random;
use serde_json::Value;
use uuid::Uuid;

use crate::difference::difference;

/// One field of each type that has random values.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct EverythingData {
    pub boolean: bool,
    pub long: i64,
    pub double: f64,
    pub text: String,
    pub bytes: Vec<u8>,
    pub uuid: Uuid,
    pub time: DateTime<FixedOffset>,
    pub course_key: CourseKey,
    pub usage_key: UsageKey,
    pub ccx: CCXLocator,
    pub library: LibraryLocatorV2,
    pub library_block: LibraryUsageLocatorV2,
    pub collection: LibraryCollectionLocator,
    pub container: LibraryContainerLocator,
    pub colour: Colour,
    pub maybe: Option<String>,
    pub numbers: Vec<i64>,
    pub lists: BTreeMap<String, Vec<Option<f64>>>,
    /// Without an end of its own.
    pub others: Vec<EverythingData>,
}

#[derive(Clone, Copy, Debug, PartialEq, EventData)]
pub(crate) enum Colour {
    Red,
    Green,
}

#[signal("org.example.interop.everything.happened.v1")]
pub(crate) struct EverythingHappened {
    pub everything: EverythingData,
}

fn everything_happened() -> &'static dyn AnySignal {
    get_signal_by_type("org.example.interop.everything.happened.v1").expect("declared above")
}

fn records(seed: u64, count: usize) -> Vec<Value> {
    let mut random = Random::new(seed);
    (0..count).map(|_| random.record(EverythingHappened::RECORD)).collect()
}

#[test]
fn a_seed_gives_the_same_records_again() {
    assert_eq!(records(7, 5), records(7, 5));
    assert_ne!(records(7, 5), records(8, 5));
    let mut random = Random::new(7);
    assert_ne!(
        random.fork().record(EverythingHappened::RECORD),
        random.fork().record(EverythingHappened::RECORD)
    );
}

#[test]
fn what_is_read_is_written_back_the_same() {
    for record in records(1, 300) {
        let event = everything_happened()
            .read_json(&record.to_string())
            .unwrap_or_else(|error| panic!("{error}: {record}"));
        let json = event.to_json(PersonalData::Keep).expect("it came from JSON");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(difference(&record, &json), None, "{record}");
    }
}

#[test]
fn every_kind_of_value_comes_up() {
    let mut seen = BTreeSet::new();
    for record in records(2, 300) {
        let data: EverythingData = event(&record).everything;
        data.note(&mut seen);
    }
    let expected = BTreeSet::from([
        "AsideUsageKeyV1",
        "AsideUsageKeyV2",
        "BlockUsageLocator",
        "CCXBlockUsageLocator",
        "CCXLocator",
        "CourseLocator",
        "DeprecatedLocation",
        "LibraryLocator",
        "LibraryUsageLocator",
        "LibraryUsageLocatorV2",
        "a count of two bytes",
        "a key beyond ASCII",
        "a length of three bytes",
        "a letter beyond 16 bits",
        "a record in a record",
        "a subnormal float",
        "a text with NUL",
        "an empty text",
        "an offset of seconds",
        "an old course key",
        "an old usage key",
        "infinity",
        "microseconds",
        "minus zero",
        "no bytes",
        "no number",
        "nothing",
        "something",
        "the greatest number",
        "the least number",
        "the year 1",
        "the year 9999",
        "whole seconds",
    ]);
    assert_eq!(seen, expected);
}

fn event(record: &Value) -> EverythingHappened {
    let event = everything_happened().read_json(&record.to_string()).expect("an event");
    *event.into_any().downcast().expect("of this signal")
}

impl EverythingData {
    fn note(&self, seen: &mut BTreeSet<&'static str>) {
        use chrono::{Datelike as _, Timelike as _};

        seen.insert(self.course_key.kind().class_name());
        seen.insert(self.usage_key.kind().class_name());
        let times = [
            (self.time.nanosecond() == 0, "whole seconds"),
            (self.time.nanosecond() != 0, "microseconds"),
            (self.time.offset().local_minus_utc() % 60 != 0, "an offset of seconds"),
            (self.time.year() == 1, "the year 1"),
            (self.time.year() == 9999, "the year 9999"),
        ];
        let numbers = [
            (self.long == i64::MIN, "the least number"),
            (self.long == i64::MAX, "the greatest number"),
            (self.double.is_subnormal(), "a subnormal float"),
            (self.double.is_nan(), "no number"),
            (self.double.is_infinite(), "infinity"),
            (self.double == 0.0 && self.double.is_sign_negative(), "minus zero"),
        ];
        let texts = [
            (self.text.is_empty(), "an empty text"),
            (self.text.contains('\0'), "a text with NUL"),
            (self.text.chars().any(|letter| letter > '\u{ffff}'), "a letter beyond 16 bits"),
            (self.text.len() >= 8192, "a length of three bytes"),
            (!self.course_key.as_str().is_ascii(), "a key beyond ASCII"),
            (self.course_key.is_deprecated(), "an old course key"),
            (self.usage_key.is_deprecated(), "an old usage key"),
        ];
        let containers = [
            (self.bytes.is_empty(), "no bytes"),
            (self.maybe.is_none(), "nothing"),
            (self.maybe.is_some(), "something"),
            (self.numbers.len() >= 64, "a count of two bytes"),
            (!self.others.is_empty(), "a record in a record"),
        ];
        let all = times.into_iter().chain(numbers).chain(texts).chain(containers);
        seen.extend(all.filter(|&(is_so, _)| is_so).map(|(_, what)| what));
        for other in &self.others {
            other.note(seen);
        }
    }
}
