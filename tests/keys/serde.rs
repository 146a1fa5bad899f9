//! Keys in serialized data.

use std::collections::BTreeMap;

use openedx_events::keys::{CCXLocator, CourseKey, UsageKey};
use serde_json::json;

#[test]
fn a_key_is_its_canonical_text() {
    let key: CourseKey = "slashes:edX+DemoX+R1".parse().unwrap();
    assert_eq!(serde_json::to_string(&key).unwrap(), r#""course-v1:edX+DemoX+R1""#);
    let ccx: CCXLocator = "ccx-v1:a+b+c+CCX@1".parse().unwrap();
    assert_eq!(serde_json::to_value(ccx).unwrap(), json!("ccx-v1:a+b+c+ccx@1"));
}

#[test]
fn a_key_is_read_from_borrowed_and_from_owned_text() {
    let text = "lb:OrgX:lib1:problem:p1";
    let key: UsageKey = text.parse().unwrap();
    // Without an escape serde_json lends the text of its input; with one, that of a buffer; a value owns it.
    assert_eq!(serde_json::from_str::<UsageKey>(&format!("\"{text}\"")).unwrap(), key);
    assert_eq!(serde_json::from_str::<UsageKey>(r#""lb:Org\u0058:lib1:problem:p1""#).unwrap(), key);
    assert_eq!(serde_json::from_value::<UsageKey>(json!(text)).unwrap(), key);
    assert_eq!(serde_json::from_reader::<_, UsageKey>(format!("\"{text}\"").as_bytes()).unwrap(), key);
}

#[test]
fn a_key_can_be_the_key_of_a_map() {
    let text = r#"{"course-v1:a+b+c":1,"library-v1:a+b":2}"#;
    let map: BTreeMap<CourseKey, u8> = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&map).unwrap(), text);
}

#[test]
fn what_is_no_key_is_refused_with_the_parsers_words() {
    let error = serde_json::from_value::<CourseKey>(json!("course-v1:edX+DemoX")).unwrap_err();
    let parsed = "course-v1:edX+DemoX".parse::<CourseKey>().unwrap_err();
    assert_eq!(error.to_string(), parsed.to_string());
}

#[test]
fn what_is_no_text_is_refused() {
    let error = serde_json::from_str::<UsageKey>("7").unwrap_err();
    assert!(error.to_string().contains("expected the text of a UsageKey"), "{error}");
}
