//! Records with `#[event_data(serde)]` inside of types that derive serde's traits.

use std::collections::BTreeMap;

use openedx_events::EventData;
use openedx_events::chrono::{DateTime, Utc};
use openedx_events::data::Map;
use openedx_events::keys::CourseKey;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, EventData)]
#[event_data(serde)]
pub struct Page {
    pub number: i64,
    #[event_data(default = 20)]
    pub size: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, EventData)]
#[event_data(serde)]
pub enum Direction {
    #[event_data(rename = "up")]
    Up,
    Down,
}

/// Fields of many types: those below `flatten` pass through a buffer of serde's.
#[derive(Clone, Debug, PartialEq, EventData)]
#[event_data(serde)]
pub struct Filter {
    pub text: Option<String>,
    pub score: f64,
    pub narrow: Option<i32>,
    pub since: Option<DateTime<Utc>>,
    pub course: Option<CourseKey>,
    pub direction: Direction,
    pub tags: Vec<String>,
    pub weights: Map<String, f64>,
    pub bytes: Vec<u8>,
    pub inner: Page,
    pub r#type: bool,
}

fn filter() -> Filter {
    Filter {
        text: Some("x".to_owned()),
        // A whole number in JSON.
        score: 3.0,
        narrow: None,
        since: Some(DateTime::UNIX_EPOCH),
        course: "course-v1:a+b+c".parse().ok(),
        direction: Direction::Up,
        tags: vec!["a".to_owned()],
        weights: [("w".to_owned(), 0.1)].into_iter().collect(),
        bytes: vec![1, 2],
        inner: Page { number: 5, size: 6 },
        r#type: true,
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Reply {
    status: i64,
    #[serde(flatten)]
    page: Page,
    #[serde(flatten)]
    filter: Filter,
    #[serde(flatten)]
    rest: BTreeMap<String, serde_json::Value>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct MaybePaged {
    status: i64,
    #[serde(flatten)]
    page: Option<Page>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Page(Page),
    Filter(Filter),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Page(Page),
    Filter(Box<Filter>),
}

/// Reads back what it wrote, and returns it.
fn round_trip<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) -> String {
    let json = serde_json::to_string(value).expect("JSON");
    assert_eq!(&serde_json::from_str::<T>(&json).expect(&json), value, "{json}");
    json
}

#[test]
fn flattened_records_take_their_own_members() {
    let page = Page { number: 2, size: 3 };
    let rest = BTreeMap::from([("more".to_owned(), serde_json::json!([1]))]);
    let json = round_trip(&Reply { status: 1, page: page.clone(), filter: filter(), rest });
    assert!(json.starts_with(r#"{"status":1,"number":2,"size":3,"text":"x","score":3.0,"#), "{json}");

    let json = round_trip(&MaybePaged { status: 1, page: Some(page) });
    assert_eq!(json, r#"{"status":1,"number":2,"size":3}"#);
    round_trip(&MaybePaged { status: 1, page: None });
}

#[test]
fn a_flattened_record_fills_in_what_is_missing_and_requires_what_is_not() {
    let read = serde_json::from_str::<MaybePaged>(r#"{"status":1,"number":2}"#).expect("JSON");
    assert_eq!(read.page, Some(Page { number: 2, size: 20 }));

    let error = serde_json::from_str::<Reply>(r#"{"status":1}"#).expect_err("no number");
    assert!(error.to_string().contains("missing field `number`"), "{error}");
    let error = serde_json::from_str::<Reply>(r#"{"status":1,"number":"2"}"#).expect_err("a text");
    assert!(error.to_string().contains("invalid type"), "{error}");
}

#[test]
fn records_are_variants_of_the_users_enums() {
    let page = Page { number: 2, size: 3 };
    assert_eq!(round_trip(&Tagged::Page(page.clone())), r#"{"kind":"Page","number":2,"size":3}"#);
    round_trip(&Tagged::Filter(filter()));
    round_trip(&Untagged::Page(page));
    round_trip(&Untagged::Filter(Box::new(filter())));
}
