//! The schemas of upstream's releases.
//!
//! Python services send no fingerprint, but they do send their release of `openedx-events`. The schemas of each release
//! are known: `releases/` contains those that differ from ours.

use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

use serde_json::Value;

use super::WriterSchema;
use crate::avro::DecodeError;
use crate::avro::schema::Tree;
use crate::receiver::BoxError;
use crate::signal::any::AnySignal;
use crate::signal::event::AnyEvent;

/// A release of `openedx-events` as in `sourcelib` of the metadata: major, minor and patch number.
type Release = [u32; 3];

/// The schema that a release of upstream writes an event with, as far as it is known.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum OfRelease {
    /// The event's own schema.
    Own,
    /// Another schema.
    Other(&'static WriterSchema),
    /// The release is older than 9.0.0 or newer than this catalog. The event's own schema is the best guess; bytes that
    /// it does not read completely are an error.
    Unknown,
}

/// Returns the schema that a release of upstream writes an event with. `sourcelib` is that of the event's metadata.
///
/// The releases from 9.0.0 to that of the catalog are known, from the schemas that each release generates. A release
/// without a schema for the event cannot have written it. Events that upstream does not define are
/// [`Own`](OfRelease::Own), whichever library wrote them.
pub fn of_release(event_type: &str, sourcelib: &[u32]) -> OfRelease {
    if !KNOWN.types.contains_key(event_type) && !event_type.starts_with("org.openedx.") {
        return OfRelease::Own;
    }
    let Some(release) = release(sourcelib).filter(|release| KNOWN.releases.contains(release)) else {
        return OfRelease::Unknown;
    };
    let spans = KNOWN.types.get(event_type).map(Vec::as_slice).unwrap_or_default();
    match spans.iter().find(|span| (span.first..=span.last).contains(&release)) {
        Some(span) => OfRelease::Other(&span.schema),
        None => OfRelease::Own,
    }
}

/// Decodes an event that was written by a release of upstream and came without a fingerprint. Nothing may follow it.
/// `sourcelib` is that of the event's metadata.
///
/// # Errors
///
/// Returns the errors of [`WriterSchema::decode`] and [`AnySignal::decode`].
pub fn decode_of_release(
    signal: &dyn AnySignal,
    sourcelib: &[u32],
    bytes: &[u8],
) -> Result<Box<dyn AnyEvent>, DecodeError> {
    match of_release(signal.event_type(), sourcelib) {
        OfRelease::Other(schema) => schema.decode(signal, bytes),
        OfRelease::Own | OfRelease::Unknown => signal.decode(bytes),
    }
}

fn release(sourcelib: &[u32]) -> Option<Release> {
    match *sourcelib {
        [major, minor, patch, ..] => Some([major, minor, patch]),
        _ => None,
    }
}

/// A range of releases in which an event had this schema.
struct Span {
    first: Release,
    last: Release,
    schema: WriterSchema,
}

struct Known {
    releases: Vec<Release>,
    types: HashMap<String, Vec<Span>>,
}

/// The schemas of the subdomains that are compiled in.
static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    read().unwrap_or_else(|error| unreachable!("the embedded schemas of upstream's releases: {error}"))
});

const RELEASES: &str = include_str!("../releases/releases.json");

const SUBDOMAINS: &[&str] = &[
    #[cfg(feature = "content_authoring")]
    include_str!("../releases/content_authoring.json"),
    #[cfg(feature = "enterprise")]
    include_str!("../releases/enterprise.json"),
    #[cfg(feature = "learning")]
    include_str!("../releases/learning.json"),
];

fn read() -> Result<Known, BoxError> {
    let releases: Value = serde_json::from_str(RELEASES)?;
    let releases =
        releases["releases"].as_array().into_iter().flatten().map(number).collect::<Result<_, _>>()?;
    let mut types = HashMap::new();
    for subdomain in SUBDOMAINS {
        let subdomain: BTreeMap<String, Vec<Value>> = serde_json::from_str(subdomain)?;
        for (event_type, spans) in subdomain {
            let spans = spans.iter().map(span).collect::<Result<_, _>>()?;
            types.insert(event_type, spans);
        }
    }
    Ok(Known { releases, types })
}

fn span(span: &Value) -> Result<Span, BoxError> {
    let schema = WriterSchema::of(Tree::from_json(&span["schema"])?);
    Ok(Span { first: number(&span["first"])?, last: number(&span["last"])?, schema })
}

fn number(text: &Value) -> Result<Release, BoxError> {
    let parts = text.as_str().into_iter().flat_map(|text| text.split('.')).map(str::parse);
    let parts: Vec<_> = parts.collect::<Result<_, _>>()?;
    release(&parts).ok_or_else(|| format!("{text} is not a release").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_embedded_schemas_are_read() {
        assert!(read().is_ok_and(|known| known.releases.contains(&[11, 2, 0])));
    }
}
