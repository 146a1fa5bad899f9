//! Every case of `conformance/keys.json`, in every part.

use std::fmt::Display;
use std::str::FromStr;

use openedx_events::keys::{
    CCXLocator, CourseKey, CourseKeyKind, InvalidKeyError, LibraryCollectionLocator, LibraryContainerLocator,
    LibraryLocatorV2, LibraryUsageLocatorV2, UsageKey, UsageKeyKind,
};
use serde_json::{Map, Value, json};

/// A key as a case of the data describes it.
trait Described: FromStr<Err = InvalidKeyError> + Display + PartialEq {
    fn class(&self) -> &'static str;
    fn fields(&self) -> Value;
    fn is_deprecated(&self) -> bool;
}

impl Described for CourseKey {
    fn class(&self) -> &'static str {
        self.kind().class_name()
    }

    fn fields(&self) -> Value {
        course_fields(self)
    }

    fn is_deprecated(&self) -> bool {
        self.is_deprecated()
    }
}

impl Described for CCXLocator {
    fn class(&self) -> &'static str {
        self.as_course_key().kind().class_name()
    }

    fn fields(&self) -> Value {
        let fields = json!({
            "org": self.org(), "course": self.course(), "run": self.run(), "branch": self.branch(),
            "version_guid": self.version_guid(), "ccx": self.ccx(),
        });
        assert_eq!(fields, course_fields(self.as_course_key()));
        fields
    }

    fn is_deprecated(&self) -> bool {
        self.is_deprecated()
    }
}

impl Described for UsageKey {
    fn class(&self) -> &'static str {
        self.kind().class_name()
    }

    fn fields(&self) -> Value {
        match (self.usage_key(), self.aside_type()) {
            (Some(usage_key), Some(aside_type)) => {
                with(usage_key.fields(), json!({"usage_key": usage_key.as_str(), "aside_type": aside_type}))
            }
            _ => usage_fields(self),
        }
    }

    fn is_deprecated(&self) -> bool {
        self.is_deprecated()
    }
}

/// A key of a library or of what is in one, with its own fields beside those of the library.
macro_rules! of_library {
    ($key:ident, $fields:expr) => {
        impl Described for $key {
            fn class(&self) -> &'static str {
                stringify!($key)
            }

            fn fields(&self) -> Value {
                let own: fn(&Self) -> Value = $fields;
                with(json!({"org": self.org(), "slug": self.slug()}), own(self))
            }

            fn is_deprecated(&self) -> bool {
                self.is_deprecated()
            }
        }
    };
}

of_library!(LibraryLocatorV2, |_| json!({}));
of_library!(LibraryUsageLocatorV2, |key| {
    assert_eq!(library_usage_fields(key.as_usage_key()), usage_fields(&key.clone().into()));
    json!({"lib_key": key.library_key(), "block_type": key.block_type(), "usage_id": key.usage_id()})
});
of_library!(LibraryCollectionLocator, |key| {
    json!({"lib_key": key.library_key(), "collection_id": key.collection_id()})
});
of_library!(LibraryContainerLocator, |key| {
    json!({
        "lib_key": key.library_key(), "container_type": key.container_type(), "container_id": key.container_id(),
    })
});

fn course_fields(key: &CourseKey) -> Value {
    let common = json!({"org": key.org(), "branch": key.branch(), "version_guid": key.version_guid()});
    match key.kind() {
        CourseKeyKind::LibraryLocator => with(common, json!({"library": key.library()})),
        CourseKeyKind::CCXLocator => {
            with(common, json!({"course": key.course(), "run": key.run(), "ccx": key.ccx()}))
        }
        _ => with(common, json!({"course": key.course(), "run": key.run()})),
    }
}

fn usage_fields(key: &UsageKey) -> Value {
    let course_key = key.course_key();
    let text = course_key.as_ref().map(CourseKey::as_str);
    let block = json!({"block_type": key.block_type(), "block_id": key.block_id()});
    match key.kind() {
        UsageKeyKind::LibraryUsageLocatorV2 => library_usage_fields(key),
        UsageKeyKind::LibraryUsageLocator => {
            with(with(usage_place(key), block), json!({"library_key": text, "library": key.library()}))
        }
        kind => {
            let mut fields = with(with(usage_place(key), block), json!({"course_key": text}));
            fields = with(fields, json!({"course": key.course(), "run": key.run()}));
            if kind == UsageKeyKind::CCXBlockUsageLocator {
                fields = with(fields, json!({"ccx": key.ccx()}));
            }
            fields
        }
    }
}

/// The block's key must have the same parts of the course as the course's key.
fn usage_place(key: &UsageKey) -> Value {
    if let Some(course_key) = key.course_key() {
        assert_eq!(key.org(), course_key.org());
        assert_eq!(
            (key.course(), key.library(), key.run()),
            (course_key.course(), course_key.library(), course_key.run())
        );
        assert_eq!(key.branch(), course_key.branch());
        assert_eq!((key.version_guid(), key.ccx()), (course_key.version_guid(), course_key.ccx()));
    }
    json!({"org": key.org(), "branch": key.branch(), "version_guid": key.version_guid()})
}

fn library_usage_fields(key: &UsageKey) -> Value {
    let (Some(org), Some(slug)) = (key.org(), key.slug()) else { panic!("{key} has no library") };
    json!({
        "lib_key": format!("lib:{org}:{slug}"), "org": org, "slug": slug, "block_type": key.block_type(),
        "usage_id": key.block_id(),
    })
}

fn with(mut fields: Value, more: Value) -> Value {
    let (Value::Object(into), Value::Object(more)) = (&mut fields, more) else { panic!("not objects") };
    into.extend(more);
    fields
}

/// The case again, as our key describes it; null if the text is refused.
fn described<T: Described>(input: &str) -> Value {
    let Ok(key) = input.parse::<T>() else { return Value::Null };
    let text = key.to_string();
    json!({
        "input": input,
        "class": key.class(),
        "fields": key.fields(),
        "deprecated": key.is_deprecated(),
        "str": text,
        "str_is_input": text == input,
        "reparses_equal": text.parse::<T>().is_ok_and(|reparsed| reparsed == key),
    })
}

fn mismatch<T: Described>(case: &Map<String, Value>, is_valid: bool) -> Option<String> {
    let input = case["input"].as_str()?;
    let mut expected = case.clone();
    expected.remove("family");
    let expected = if is_valid { Value::Object(expected) } else { Value::Null };
    let ours = described::<T>(input);
    (ours != expected).then(|| format!("{input:?}\n  expected {expected}\n  but made {ours}"))
}

fn data() -> Value {
    // A larger set of the same form can be tried in place of the repository's.
    let path = std::env::var("KEYS_JSON")
        .unwrap_or_else(|_| concat!(env!("CARGO_MANIFEST_DIR"), "/conformance/keys.json").to_owned());
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn check<T: Described>(key_type: &str, valid: usize, invalid: usize) {
    let data = data();
    let mut mismatches = Vec::new();
    let mut counts = Vec::new();
    for (list, is_valid) in [("valid", true), ("invalid", false)] {
        let cases = data[key_type][list].as_array().unwrap();
        counts.push(cases.len());
        mismatches.extend(cases.iter().filter_map(|case| mismatch::<T>(case.as_object().unwrap(), is_valid)));
    }
    assert!(mismatches.is_empty(), "{} of {counts:?} differ:\n{}", mismatches.len(), mismatches.join("\n"));
    if std::env::var_os("KEYS_JSON").is_none() {
        assert_eq!(counts, [valid, invalid]);
    }
}

#[test]
fn course_keys_are_upstreams() {
    check::<CourseKey>("CourseKey", 149, 181);
}

#[test]
fn usage_keys_are_upstreams() {
    check::<UsageKey>("UsageKey", 160, 195);
}

#[test]
fn ccx_locators_are_upstreams() {
    check::<CCXLocator>("CCXLocator", 85, 110);
}

#[test]
fn keys_of_libraries_are_upstreams() {
    check::<LibraryLocatorV2>("LibraryLocatorV2", 65, 122);
    check::<LibraryUsageLocatorV2>("LibraryUsageLocatorV2", 75, 141);
    check::<LibraryCollectionLocator>("LibraryCollectionLocator", 71, 132);
    check::<LibraryContainerLocator>("LibraryContainerLocator", 69, 147);
}
