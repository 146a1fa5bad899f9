//! What holds for any text.

use std::collections::hash_map::DefaultHasher;
use std::fmt::{Debug, Display};
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use openedx_events::keys::{CCXLocator, CourseKey, InvalidKeyError, UsageKey};
use proptest::prelude::*;

const KEYS: [&str; 16] = [
    "course-v1:edX+DemoX+R1+branch@draft+version@519665f6223ebd6980884f2b",
    "course-v1:edX+DemoX+branch@draft+version@519665f6223ebd6980884f2b",
    "slashes:edX+DemoX+R1+type@x+block@y",
    "library-v1:edX+DemoX+branch@library",
    "edX/DemoX/R1",
    "ccx-v1:edX+DemoX+R1+branch@b+version@519665F6223EBD6980884F2B+ccx@007",
    "block-v1:edX+DemoX+R1+type@problem+block@p1",
    "block-v1:edX+DemoX+version@519665f6223ebd6980884f2b+block@p1",
    "lib-block-v1:edX+DemoX+branch@library+type@problem+block@p1",
    "ccx-block-v1:edX+DemoX+R1+ccx@1+block@p1",
    "location:edX+DemoX+R1+problem+p1",
    "i4x://edX/DemoX/a b/p1@draft",
    "lb:OrgX:lib1\n:problem:p1",
    "aside-usage-v1:block-v1:edX+DemoX+R1+type@problem+block@p1::ta$::g",
    "aside-usage-v2:lb$:edX$:DemoX$:problem$:p1::tag",
    "aside-usage-v2:aside-usage-v2$:block-v1$$$:edX+DemoX+R1+type@problem+block@p1$:$:in::out",
];

const PIECES: [&str; 24] = [
    "+",
    ":",
    "::",
    "@",
    "$",
    "$$",
    "$:",
    "$$$:",
    "%",
    "/",
    "\n",
    "",
    "a",
    "é",
    "\u{301}",
    "\u{212A}",
    "\u{1F600}",
    "+branch@b",
    "+version@519665f6223ebd6980884f2b",
    "+ccx@1",
    "+type@t",
    "+block@b",
    "aside-usage-v1:",
    "aside-usage-v2:",
];

/// A key with something put in place of some of its characters, a few times over.
fn nearly_a_key() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..4_usize, prop::sample::select(&PIECES[..]));
    (prop::sample::select(&KEYS[..]), prop::collection::vec(change, 0..4)).prop_map(|(key, changes)| {
        changes.into_iter().fold(key.to_owned(), |text, (at, removed, piece)| {
            let mut characters: Vec<char> = text.chars().collect();
            let start = at.index(characters.len() + 1);
            let end = (start + removed).min(characters.len());
            characters.splice(start..end, piece.chars());
            characters.into_iter().collect()
        })
    })
}

fn pieces() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(&PIECES[..]), 0..12).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), pieces(), nearly_a_key(), nearly_a_key()]
}

/// A key's text is a key with that text, and what the text says is what two keys with it agree on.
fn holds<T>(text: &str) -> Option<T>
where
    T: FromStr<Err = InvalidKeyError> + Display + Debug + Clone + Ord + Hash + AsRef<str>,
{
    let key: T = text.parse().ok()?;
    let canonical = key.to_string();
    assert_eq!(key.as_ref(), canonical);
    let again: T = canonical.parse().unwrap_or_else(|error| panic!("{text:?}: {error}"));
    assert_eq!(again.as_ref(), canonical);
    assert_eq!(again, canonical.parse().unwrap());
    assert_eq!(key, key.clone());
    assert_eq!(key, text.parse().unwrap());
    assert_eq!(key == again, key.cmp(&again).is_eq());
    assert_eq!(hash(&key), hash(&key.clone()));
    Some(key)
}

fn hash(key: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

/// The key inside an aside, the course of a block: each is a key by its own text, too.
fn holds_inside(mut key: UsageKey) {
    while let Some(inner) = key.usage_key() {
        assert!(key.aside_type().is_some());
        assert_eq!((inner.block_id(), inner.course_key()), (key.block_id(), key.course_key()));
        holds::<UsageKey>(inner.as_str()).expect("a key inside is a key");
        key = inner;
    }
    if let Some(course_key) = key.course_key() {
        holds::<CourseKey>(course_key.as_str()).expect("a course's key is a key");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_key_or_is_refused(text in any_text()) {
        let course_key = holds::<CourseKey>(&text);
        let ccx_locator = holds::<CCXLocator>(&text);
        if let Some(ccx_locator) = ccx_locator {
            prop_assert_eq!(Some(CourseKey::from(ccx_locator)), course_key);
        }
        if let Some(usage_key) = holds::<UsageKey>(&text) {
            holds_inside(usage_key);
        }
    }

    #[test]
    fn an_aside_of_either_version_holds_any_key_and_type(text in nearly_a_key(), aside_type in any_text()) {
        let Ok(key) = text.parse::<UsageKey>() else { return Ok(()) };
        let escaped = |text: &str| text.replace('$', "$$").replace(':', "$:");
        let aside: UsageKey =
            format!("aside-usage-v2:{}::{}", escaped(&text), escaped(&aside_type)).parse().unwrap();
        prop_assert_eq!(aside.aside_type(), Some(aside_type.into()));
        prop_assert_eq!(aside.usage_key(), Some(key));
    }
}
