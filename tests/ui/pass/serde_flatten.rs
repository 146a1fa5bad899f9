#![deny(warnings)]

use std::collections::BTreeMap;

use openedx_events::EventData;
use openedx_events::data::Map;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, EventData)]
#[event_data(serde)]
pub struct Page {
    pub number: i64,
    #[event_data(default)]
    pub size: i64,
}

#[derive(Clone, Debug, PartialEq, EventData)]
#[event_data(serde)]
pub struct Filter {
    pub text: Option<String>,
    pub r#type: Option<Kind>,
    pub price: f64,
    pub labels: Map<String, Vec<i64>>,
    pub next: Option<Page>,
}

#[derive(Clone, Copy, Debug, PartialEq, EventData)]
#[event_data(serde)]
pub enum Kind {
    #[event_data(rename = "two-way")]
    TwoWay,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Reply {
    status: i64,
    #[serde(flatten)]
    page: Page,
    #[serde(flatten)]
    filter: Filter,
    #[serde(flatten)]
    rest: BTreeMap<String, i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Outer {
    #[serde(flatten)]
    reply: Option<Reply>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Strict {
    status: i64,
    #[serde(flatten)]
    page: Page,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Page(Page),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
enum Untagged {
    Kind(Kind),
    Page(Page),
}

/// Writes a value and reads it back.
fn returns<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, json: &str) {
    assert_eq!(serde_json::to_string(value).unwrap(), json);
    assert_eq!(&serde_json::from_str::<T>(json).unwrap(), value);
}

fn main() {
    let page = Page { number: 2, size: 3 };
    let filter = Filter {
        text: None,
        r#type: Some(Kind::TwoWay),
        price: 1.5,
        labels: Map::from([("a".to_owned(), vec![1, 2])]),
        next: Some(page.clone()),
    };
    let rest = BTreeMap::from([("more".to_owned(), 7)]);
    let reply = Reply { status: 1, page: page.clone(), filter, rest };
    let json = r#"{"status":1,"number":2,"size":3,"text":null,"type":"two-way","price":1.5,"labels":{"a":[1,2]},"next":{"number":2,"size":3},"more":7}"#;
    returns(&reply, json);
    returns(&Outer { reply: Some(reply) }, json);
    returns(&Strict { status: 1, page: page.clone() }, r#"{"status":1,"number":2,"size":3}"#);
    returns(&Tagged::Page(page.clone()), r#"{"kind":"Page","number":2,"size":3}"#);
    returns(&Untagged::Kind(Kind::TwoWay), r#""two-way""#);
    returns(&Untagged::Page(page), r#"{"number":2,"size":3}"#);

    // What JSON may leave out, and what it may not.
    let reply: Reply = serde_json::from_str(r#"{"status":1,"number":2,"price":1,"labels":{}}"#).unwrap();
    assert_eq!((reply.page.size, reply.filter.next, reply.rest.len()), (0, None, 0));
    let error = serde_json::from_str::<Reply>(r#"{"status":1,"price":1,"labels":{}}"#).unwrap_err();
    assert!(error.to_string().starts_with("missing field `number`"), "{error}");
    let error = serde_json::from_str::<Strict>(r#"{"status":1,"number":2,"text":""}"#).unwrap_err();
    assert!(error.to_string().starts_with("unknown field `text`"), "{error}");
}
