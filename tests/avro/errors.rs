//! Errors about bytes that are not an event, and about values that cannot be encoded.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use openedx_events::avro::{self, DecodeError, MAX_DEPTH};
use openedx_events::{AnySignal, EventData, signal};

/// A dose of something.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct DoseData {
    pub drug: String,
    pub milligrams: i32,
    pub taken: Option<DateTime<Utc>>,
}

/// What is known about a visit.
#[derive(Clone, PartialEq, EventData)]
pub(crate) struct VisitData {
    pub id: uuid::Uuid,
    #[event_data(pii)]
    pub born: DateTime<Utc>,
    pub doses: Vec<DoseData>,
    pub notes: BTreeMap<String, bool>,
    #[event_data(pii)]
    pub secrets: BTreeMap<String, DoseData>,
}

/// A patient has been seen.
#[signal("org.example.codec.patient.seen.v1")]
#[derive(Clone, PartialEq)]
pub(crate) struct PatientSeen {
    pub visit: VisitData,
    pub urgent: bool,
}

fn event() -> PatientSeen {
    let dose = |drug: &str| DoseData { drug: drug.into(), milligrams: 5, taken: None };
    PatientSeen {
        visit: VisitData {
            id: uuid::Uuid::nil(),
            born: DateTime::UNIX_EPOCH,
            doses: vec![dose("one"), dose("two")],
            notes: [("fast".to_owned(), true), ("slow".to_owned(), false)].into(),
            secrets: [("heart".to_owned(), dose("three"))].into(),
        },
        urgent: true,
    }
}

fn bytes() -> Vec<u8> {
    avro::to_vec(&event()).expect("it has a form")
}

#[track_caller]
fn refused(bytes: &[u8]) -> DecodeError {
    match avro::decode::<PatientSeen>(bytes) {
        Err(error) => error,
        Ok(_) => panic!("it was read"),
    }
}

/// The bytes with others in place of the only ones that are equal to `what`.
#[track_caller]
fn replaced(what: &[u8], with: &[u8]) -> Vec<u8> {
    let bytes = bytes();
    let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(what)).collect();
    let [at] = places[..] else { panic!("at {places:?}") };
    [&bytes[..at], with, &bytes[at + what.len()..]].concat()
}

#[test]
fn errors_name_the_path_and_the_offset() {
    let cases = [
        (Vec::new(), "`visit.id`: expected a long, but the data end here, at byte 0"),
        (bytes()[..10].to_vec(), "`visit.id`: a length of 36 bytes with 9 left, at byte 0"),
        ([bytes(), vec![7]].concat(), "1 byte left over after the event, at byte 108"),
        (replaced(b"\x06two", b"\x06\xfftw"), "`visit.doses[1].drug`: the text is not UTF-8, at byte 70"),
        (
            replaced(b"\x06two\x0a\x00", b"\x06two\x0a\x04"),
            "`visit.doses[1].taken`: an optional value is branch 0 or 1, not 2, at byte 75",
        ),
        (
            replaced(b"\x08fast\x01", b"\x08fast\x02"),
            "`visit.notes.fast`: a boolean is the byte 0 or 1, not 2, at byte 83",
        ),
        // A negative count stands before the block's size in bytes.
        (
            replaced(b"\x04\x06one", b"\x7f\x06one"),
            "`visit.doses`: 64 items cannot fit in the 43 bytes left, at byte 63",
        ),
        (replaced(b"\x06two", b"\x05two"), "`visit.doses[1].drug`: a length cannot be -3, at byte 70"),
        (
            replaced(b"\x04\x06one", b"\xf0\x01\x06one"),
            "`visit.doses`: 120 items cannot fit in the 44 bytes left, at byte 63",
        ),
    ];
    for (damaged, expected) in cases {
        assert_eq!(refused(&damaged).to_string(), expected);
    }
}

#[test]
fn values_that_a_type_cannot_have_are_named() {
    let uuid = b"\x4800000000-0000-0000-0000-000000000000";
    let error = refused(&replaced(uuid, b"\x06nil"));
    assert_eq!((error.path(), error.offset()), ("visit.id", Some(0)));
    assert!(error.reason().starts_with("expected a UUID: "), "{error}");

    let error = refused(&replaced(b"\x06two\x0a", b"\x06two\x80\x80\x80\x80\x20"));
    assert_eq!(
        error.to_string(),
        "`visit.doses[1].milligrams`: expected a whole number of 32 bits: 4294967296 is outside -2147483648 to \
         2147483647, at byte 74"
    );
}

/// Neither values nor the keys of maps are shown of personal data.
#[test]
fn personal_data_are_not_shown() {
    let error = refused(&replaced(b"\x321970-01-01T00:00:00+00:00", b"\x321970-99-01T00:00:00+00:00"));
    assert_eq!(error.path(), "visit.born");
    assert!(error.reason().ends_with("; the value is not shown, as it is personal data"), "{error}");
    assert!(!error.to_string().contains("1970-99"));
    assert_eq!(format!("{error:?}"), error.to_string());

    let error = refused(&replaced(b"\x0athree\x0a\x00", b"\x0athree\x0a\x03"));
    assert_eq!(error.path(), "visit.secrets.taken");
    assert!(!error.to_string().contains("heart"));
}

#[test]
fn a_value_without_a_form_is_named_and_nothing_is_written() {
    let mut event = event();
    let late =
        NaiveDate::from_ymd_opt(12_000, 1, 1).and_then(|date| date.and_hms_opt(0, 0, 0)).expect("a date");
    event.visit.doses[1].taken = Some(late.and_utc());
    let mut out = b"before".to_vec();
    let error = avro::encode(&event, &mut out).expect_err("the year has five digits");
    assert_eq!(out, b"before");
    assert_eq!(error.path(), "visit.doses[1].taken");
    assert!(error.to_string().contains("12000"), "{error}");

    event.visit.doses.clear();
    event.visit.born = late.and_utc();
    let error = avro::encode(&event, &mut out).expect_err("the year has five digits");
    assert_eq!(
        error.to_string(),
        "`visit.born`: the value has no form on the wire; it is not shown, as it is personal data"
    );
    assert_eq!(format!("{error:?}"), error.to_string());
}

/// A record that holds a list of its own kind.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct BranchData {
    pub name: String,
    pub branches: Vec<BranchData>,
}

/// A tree has grown.
#[signal("org.example.codec.tree.grown.v1")]
#[derive(Clone, PartialEq)]
pub(crate) struct TreeGrown {
    pub root: BranchData,
}

#[test]
fn records_are_64_deep_at_most() {
    let tree = |depth| {
        let mut root = BranchData { name: String::new(), branches: Vec::new() };
        for _ in 1..depth {
            root = BranchData { name: String::new(), branches: vec![root] };
        }
        TreeGrown { root }
    };
    // The event is the first.
    let deepest = tree(MAX_DEPTH - 1);
    let bytes = avro::to_vec(&deepest).expect("not too deep");
    assert_eq!(avro::decode::<TreeGrown>(&bytes), Ok(deepest));

    let error = avro::to_vec(&tree(MAX_DEPTH)).expect_err("too deep");
    assert!(error.reason().contains("more than 64 deep"), "{error}");
    // The innermost list holds one more.
    let end = bytes.len() - (MAX_DEPTH as usize - 1);
    let deeper = [&bytes[..end], b"\x02\x00\x00\x00", &bytes[end + 1..]].concat();
    let error = avro::decode::<TreeGrown>(&deeper).expect_err("too deep");
    assert!(error.reason().contains("more than 64 deep"), "{error}");
    assert!(error.path().starts_with("root.branches[0].branches[0]."), "{error}");

    // As deep as there are bytes: no stack is used up.
    let endless: Vec<_> = [0x00, 0x02].repeat(1_000_000);
    assert!(avro::decode::<TreeGrown>(&endless).is_err());
    assert_eq!(TREE_GROWN.schema().map(|_| ()), Ok(()));
}
