//! `key`: the parts of opaque keys.

use std::ffi::OsString;

use clap::Args;
use serde_json::{Map, Value, json};

use super::Streams;
use super::answers::{Answer, answer_lines};
use super::outcome::Outcome;
use super::request::Request;
use crate::keys::{
    CCXLocator, CourseKey, CourseKeyKind, InvalidKeyError, LibraryCollectionLocator, LibraryContainerLocator,
    LibraryLocatorV2, LibraryUsageLocatorV2, UsageKey, UsageKeyKind, for_each_key,
};
use crate::suggest::nearest;

#[derive(Args)]
pub(super) struct Key {
    /// File with JSON objects, usually one per line; standard input if omitted or `-`
    file: Option<OsString>,
}

impl Key {
    pub(super) fn run(&self, streams: Streams<'_>) -> Outcome {
        answer_lines(self.file.as_deref(), streams, key)
    }
}

macro_rules! types {
    ($($key:ident)*) => {
        /// The types of keys, by their names.
        const TYPES: &[(&str, Parse)] =
            &[$((stringify!($key), |text| $key::parse(text).map(|key| answered(&key, key.fields())))),*];
    };
}

for_each_key! { types }

/// The fields of the upstream class, with upstream's names.
trait Fields {
    fn fields(&self) -> Value;
}

impl Fields for CourseKey {
    fn fields(&self) -> Value {
        course_fields(self)
    }
}

impl Fields for UsageKey {
    fn fields(&self) -> Value {
        usage_fields(self)
    }
}

impl Fields for CCXLocator {
    fn fields(&self) -> Value {
        course_fields(self.as_course_key())
    }
}

impl Fields for LibraryLocatorV2 {
    fn fields(&self) -> Value {
        json!({"org": self.org(), "slug": self.slug()})
    }
}

impl Fields for LibraryUsageLocatorV2 {
    fn fields(&self) -> Value {
        usage_fields(self.as_usage_key())
    }
}

impl Fields for LibraryCollectionLocator {
    fn fields(&self) -> Value {
        json!({
            "org": self.org(), "slug": self.slug(), "lib_key": self.library_key(),
            "collection_id": self.collection_id(),
        })
    }
}

impl Fields for LibraryContainerLocator {
    fn fields(&self) -> Value {
        json!({
            "org": self.org(), "slug": self.slug(), "lib_key": self.library_key(),
            "container_type": self.container_type(), "container_id": self.container_id(),
        })
    }
}

type Answered = Map<String, Value>;

/// Reads a key of one type and answers with its parts.
type Parse = fn(&str) -> Result<Answered, InvalidKeyError>;

fn key(request: &mut Request<'_>) -> Answer {
    let (type_name, input) = (request.take_text("type")?, request.take_text("input")?);
    let (_, parse) = TYPES.iter().find(|(name, _)| *name == type_name).ok_or_else(|| {
        let near = nearest(&type_name, TYPES.iter().map(|(name, _)| *name));
        format!("`type`: unknown key type `{}`{near}", type_name.escape_debug())
    })?;
    parse(&input).map_err(|error| error.to_string())
}

fn answered(key: &impl AsRef<str>, fields: Value) -> Answered {
    [("str".to_owned(), Value::from(key.as_ref())), ("fields".to_owned(), fields)].into_iter().collect()
}

/// The fields of the upstream class, with upstream's names.
fn course_fields(key: &CourseKey) -> Value {
    let mut fields = json!({"org": key.org(), "branch": key.branch(), "version_guid": key.version_guid()});
    match key.kind() {
        CourseKeyKind::CourseLocator => {
            extend(&mut fields, json!({"course": key.course(), "run": key.run()}));
        }
        CourseKeyKind::LibraryLocator => extend(&mut fields, json!({"library": key.library()})),
        CourseKeyKind::CCXLocator => {
            extend(&mut fields, json!({"course": key.course(), "run": key.run(), "ccx": key.ccx()}));
        }
    }
    fields
}

/// Like [`course_fields`]; an aside also has the fields of the key inside it.
fn usage_fields(key: &UsageKey) -> Value {
    if let (Some(usage_key), Some(aside_type)) = (key.usage_key(), key.aside_type()) {
        let mut fields = usage_fields(&usage_key);
        extend(&mut fields, json!({"usage_key": usage_key, "aside_type": aside_type}));
        return fields;
    }
    if key.kind() == UsageKeyKind::LibraryUsageLocatorV2 {
        let (org, slug) = (key.org().unwrap_or_default(), key.slug().unwrap_or_default());
        return json!({
            "org": org, "slug": slug, "lib_key": format!("lib:{org}:{slug}"), "block_type": key.block_type(),
            "usage_id": key.block_id(),
        });
    }
    let mut fields = json!({
        "org": key.org(), "branch": key.branch(), "version_guid": key.version_guid(),
        "block_type": key.block_type(), "block_id": key.block_id(),
    });
    let course_key = key.course_key();
    match key.kind() {
        UsageKeyKind::LibraryUsageLocator => {
            extend(&mut fields, json!({"library_key": course_key, "library": key.library()}));
        }
        kind => {
            extend(&mut fields, json!({"course_key": course_key, "course": key.course(), "run": key.run()}));
            if kind == UsageKeyKind::CCXBlockUsageLocator {
                extend(&mut fields, json!({"ccx": key.ccx()}));
            }
        }
    }
    fields
}

fn extend(fields: &mut Value, more: Value) {
    if let (Value::Object(fields), Value::Object(more)) = (fields, more) {
        fields.extend(more);
    }
}
