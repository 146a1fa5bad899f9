//! When keys are equal, and how they are ordered.

use std::collections::{BTreeSet, HashSet};

use openedx_events::keys::{CCXLocator, CourseKey, UsageKey};

const VERSION: &str = "version@519665f6223ebd6980884f2b";

fn course(text: &str) -> CourseKey {
    text.parse().unwrap()
}

fn usage(text: &str) -> UsageKey {
    text.parse().unwrap()
}

/// All different keys with the same text.
fn same_text() -> Vec<CourseKey> {
    ["", "ab+c+", "a+bc+", "a+b+branch@c+", "a+b+", "branch@c+", "branch@abc+"]
        .map(|unwritten| course(&format!("course-v1:{unwritten}{VERSION}")))
        .into()
}

#[test]
fn parts_that_are_not_written_distinguish_keys() {
    let keys = same_text();
    assert!(keys.iter().all(|key| key.as_str() == format!("course-v1:{VERSION}")));
    assert_eq!(keys.iter().collect::<HashSet<_>>().len(), keys.len());
    assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), keys.len());
}

#[test]
fn what_upstream_drops_does_not_count() {
    assert_eq!(course("slashes:a+b+c"), course("course-v1:a+b+c"));
    assert_eq!(course("course-v1:a+b+c+type@x+block@y"), course("course-v1:a+b+c"));
    assert_eq!(course("library-v1:a+b+c"), course("library-v1:a+b"));
    assert_eq!(usage("lib-block-v1:a+b+c+type@t+block@x"), usage("lib-block-v1:a+b+type@t+block@x"));
}

#[test]
fn a_missing_block_type_is_not_the_type_none() {
    let (missing, none) = (usage("block-v1:a+b+c+block@x"), usage("block-v1:a+b+c+type@None+block@x"));
    assert_eq!(missing.as_str(), none.as_str());
    assert_eq!((missing.block_type(), none.block_type()), (None, Some("None")));
    assert_ne!(missing, none);
}

#[test]
fn asides_differ_as_the_keys_in_them_do() {
    let aside = |inner: &str| usage(&format!("aside-usage-v2:block-v1$:{inner}block@x::tag"));
    let (missing, none) = (aside("a+b+c+"), aside("a+b+c+type@None+"));
    assert_eq!(missing.as_str(), none.as_str());
    assert_ne!(missing, none);
    assert_eq!(missing.usage_key(), Some(usage("block-v1:a+b+c+block@x")));
}

#[test]
fn the_course_of_a_block_keeps_what_is_not_written() {
    let block = usage(&format!("block-v1:a+b+{VERSION}+type@t+block@x"));
    assert_eq!(block.course_key(), Some(course(&format!("course-v1:a+b+{VERSION}"))));
}

#[test]
fn order_is_by_text_across_kinds() {
    let mut texts = [
        "aside-usage-v1:block-v1:a+b+c+type@t+block@x::tag",
        "i4x://a/b/c/d",
        "lb:a:b:c:d",
        "aside-usage-v2:lb$:a$:b$:c$:d::tag",
        "block-v1:a+b+c+type@t+block@x",
    ];
    let mut keys = texts.map(usage);
    keys.sort();
    texts.sort_unstable();
    assert_eq!(keys.map(|key| key.to_string()), texts);
}

#[test]
fn a_ccx_locator_is_one_of_the_course_keys() {
    let text = "ccx-v1:a+b+c+ccx@1";
    let ccx: CCXLocator = text.parse().unwrap();
    assert_eq!(CourseKey::from(ccx.clone()), course(text));
    assert_eq!(CCXLocator::try_from(course(text)), Ok(ccx));
    assert_eq!(CCXLocator::try_from(course("course-v1:a+b+c")), Err(course("course-v1:a+b+c")));
}
