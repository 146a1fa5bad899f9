//! Long texts. The work is measured in bytes allocated; where none are, a parser that took more than linear time
//! for a text of this length would not come to an end.

use allocation_counter::measure;
use openedx_events::keys::{CCXLocator, CourseKey, UsageKey};

const LENGTH: usize = 1 << 20;
/// Bytes allocated for each byte of the text, and for each refusal.
const BYTES_PER_BYTE: u64 = 8;
const BYTES_OF_AN_ERROR: u64 = 4096;

/// Parses the text as all types; returns how many took it.
fn parse(text: &str) -> usize {
    let mut taken = 0;
    let info = measure(|| {
        taken += usize::from(CourseKey::parse(text).is_ok());
        taken += usize::from(CCXLocator::parse(text).is_ok());
        taken += usize::from(UsageKey::parse(text).is_ok());
    });
    let limit = BYTES_PER_BYTE * text.len() as u64 + 3 * BYTES_OF_AN_ERROR;
    assert!(info.bytes_total <= limit, "{} bytes for {}", info.bytes_total, text.len());
    taken
}

fn long(unit: &str) -> String {
    unit.repeat(LENGTH / unit.len())
}

/// The text of an aside of an aside of …, with the innermost `key`, and as deep as its length allows.
fn nested(key: &str, aside_type: &str) -> (String, u32) {
    let mut text = key.to_owned();
    let mut depth = 0;
    while text.len() < LENGTH / 2 {
        let escaped = text.replace('$', "$$").replace(':', "$:");
        text = format!("aside-usage-v2:{escaped}::{aside_type}");
        depth += 1;
    }
    (text, depth)
}

#[test]
fn one_unit_over_and_over() {
    for unit in ["+", ":", "$", "$:", "/", "a+", "branch@a+", "::$:"] {
        let many = long(unit);
        for namespace in ["", "course-v1:a+", "ccx-v1:a+", "block-v1:a+", "i4x://", "lb:", "location:a+"] {
            assert_eq!(parse(&format!("{namespace}{many}")), 0, "{namespace}{unit}");
        }
        for namespace in ["aside-usage-v1:", "aside-usage-v2:", "aside-usage-v2:aside-usage-v2$:"] {
            assert_eq!(parse(&format!("{namespace}{many}")), 0, "{namespace}{unit}");
            assert_eq!(parse(&format!("{namespace}{many}::{many}")), 0, "{namespace}{unit}::");
        }
    }
}

#[test]
fn long_parts() {
    for id in ["a", "日", ":"] {
        let id = long(id);
        assert_eq!(parse(&format!("course-v1:a+b+{id}")), 1);
        assert_eq!(parse(&format!("block-v1:a+b+c+block@{id}")), 1);
    }
    assert_eq!(parse(&format!("ccx-v1:a+b+c+ccx@{}", long("1"))), 2);
    assert_eq!(parse(&format!("aside-usage-v1:lb:a:b:c:d::{}", long("x"))), 1);
    assert_eq!(parse(&format!("aside-usage-v2:i4x$://a/b/{}/d::{}", long("$:"), long("$$"))), 1);
}

#[test]
fn a_namespace_over_and_over() {
    for namespace in
        ["aside-usage-v1:", "aside-usage-v2:", "aside-usage-v2$:", "block-v1:", "i4x://", "ccx-v1:"]
    {
        assert_eq!(parse(&long(namespace)), 0);
        assert_eq!(parse(&format!("{}lb:a:b:c:d{}", long(namespace), long("::t"))), 0);
    }
}

#[test]
fn asides_of_asides_as_deep_as_can_be() {
    // The longer second core is copied by every level of a parser that takes one level after another.
    for core in ["i4x://a/b/c/d".to_owned(), format!("i4x://a/b/{}/d", "c".repeat(LENGTH / 4))] {
        let (text, depth) = nested(&core, "t");
        assert!(depth > 13, "{depth}");
        assert_eq!(parse(&text), 1);
        assert_eq!(parse(&text.replace("i4x", "i5x")), 0);
        assert_eq!(parse(&text.replacen("$:", "$", 1)), 0);
    }
}

#[test]
fn each_level_of_asides_is_there() {
    let (text, depth) = nested("block-v1:a+b+c+block@x", "a:$");
    // The aside type was not escaped, and so is refused.
    assert!(text.parse::<UsageKey>().is_err());

    let (text, levels) = nested("block-v1:a+b+c+block@x", "t");
    assert_eq!(levels, depth);
    let mut key: UsageKey = text.parse().unwrap();
    for _ in 0..depth {
        assert_eq!((key.block_id(), key.aside_type().as_deref()), ("x", Some("t")));
        assert_eq!(key.course_key().unwrap().as_str(), "course-v1:a+b+c");
        key = key.usage_key().unwrap();
    }
    assert_eq!(key, "block-v1:a+b+c+block@x".parse().unwrap());
    assert_eq!(key.usage_key(), None);
}
