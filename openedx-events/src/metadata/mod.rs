//! The metadata of an event: [`EventsMetadata`].

mod ids;
mod members;
pub(crate) mod minor_version;
pub(crate) mod source;

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::clock::{SystemTime, UNIX_EPOCH};
use crate::data::{JsonError, PersonalData, from_json, to_json};
use crate::isoformat;

pub(crate) use members::read_time;
pub use minor_version::InvalidMinorVersion;

/// The release of Python's openedx-events whose catalog this crate ships. It is the [`EventsMetadata::sourcelib`] of our
/// events, as it tells a reader the schemas of the sender.
pub const UPSTREAM_RELEASE: [u32; 3] = [11, 2, 0];

/// The metadata of one event: the fields, names and JSON of upstream's `EventsMetadata` (openedx-events 11.2.0).
///
/// Every send makes new metadata. The `id` is a UUIDv7 from the random number generator of the sending thread: ids of
/// different milliseconds sort by time, ids of the same millisecond have no order.
///
/// # Examples
///
/// ```
/// use openedx_events::EventsMetadata;
///
/// let metadata = EventsMetadata::new("org.openedx.learning.badge.awarded.v1");
/// assert_eq!(metadata.id().get_version_num(), 7);
///
/// let text = metadata.to_json();
/// assert_eq!(EventsMetadata::from_json(&text)?, metadata);
/// # Ok::<(), openedx_events::data::JsonError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EventsMetadata {
    id: Uuid,
    event_type: Cow<'static, str>,
    minorversion: u32,
    source: Cow<'static, str>,
    sourcehost: Cow<'static, str>,
    /// Microseconds since 1970, the precision of Python's datetime. Converted to a date on demand, as that costs as much
    /// as reading the clock.
    micros: i64,
    sourcelib: Cow<'static, [u32]>,
}

impl EventsMetadata {
    /// Metadata of an event of this type that happens now in this service, with a new id.
    ///
    /// Reads the clock once; does not block.
    #[inline]
    pub fn new(event_type: impl Into<Cow<'static, str>>) -> Self {
        Self::at(event_type.into(), 0, now_micros())
    }

    /// The metadata of a signal's event. The time of the id is `micros`.
    #[expect(clippy::inline_always, reason = "otherwise it is made in one place and copied to another")]
    #[inline(always)]
    pub(crate) fn at(event_type: Cow<'static, str>, minorversion: u32, micros: i64) -> Self {
        Self {
            id: ids::new_id(micros),
            event_type,
            minorversion,
            source: Cow::Borrowed(source::source()),
            sourcehost: Cow::Borrowed(source::sourcehost()),
            micros,
            sourcelib: Cow::Borrowed(&UPSTREAM_RELEASE),
        }
    }

    /// The metadata of an event that another process sent, without making an id. `source` is `None` if the event has none. A
    /// process that only reads needs no service name, so it is neither fixed here nor missed.
    pub(crate) fn with_parts(
        id: Uuid,
        event_type: Cow<'static, str>,
        source: Option<String>,
        sourcelib: Cow<'static, [u32]>,
        micros: i64,
    ) -> Self {
        let source = source.map_or_else(|| Cow::Borrowed(source::source_of_reader()), Cow::Owned);
        let sourcehost = Cow::Borrowed(source::sourcehost());
        Self { id, event_type, minorversion: 0, source, sourcehost, micros, sourcelib }
    }

    /// The event's id, unique to this send.
    pub fn id(&self) -> Uuid {
        self.id
    }

    /// The event's type, such as `org.openedx.learning.course.enrollment.created.v1`.
    pub fn event_type(&self) -> &str {
        &self.event_type
    }

    /// The minor version of the event's data.
    pub fn minorversion(&self) -> u32 {
        self.minorversion
    }

    /// The service that sent it: `openedx/<service>/web`.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The source, without a copy if it is that of this service.
    #[cfg(feature = "bus")]
    pub(crate) fn source_text(&self) -> Cow<'static, str> {
        self.source.clone()
    }

    /// The host, without a copy if it is this one.
    #[cfg(feature = "bus")]
    pub(crate) fn sourcehost_text(&self) -> Cow<'static, str> {
        self.sourcehost.clone()
    }

    /// The name of the host that it was sent from.
    pub fn sourcehost(&self) -> &str {
        &self.sourcehost
    }

    /// When it was sent, to the microsecond.
    pub fn time(&self) -> DateTime<Utc> {
        // Every constructor keeps to the years 1 to 9999, which chrono can hold.
        DateTime::from_timestamp_micros(self.micros).unwrap_or_default()
    }

    /// The release of the library that sent it; three numbers if it was ours.
    pub fn sourcelib(&self) -> &[u32] {
        &self.sourcelib
    }

    /// Sets the id.
    pub fn with_id(self, id: Uuid) -> Self {
        Self { id, ..self }
    }

    /// Sets the time, cut to microseconds: Python's datetime has no smaller unit.
    ///
    /// # Errors
    ///
    /// A year outside 1 to 9999, which Python's datetime cannot hold.
    pub fn with_time(self, time: DateTime<Utc>) -> Result<Self, isoformat::IsoError> {
        isoformat::format_utc(time)?;
        Ok(Self { micros: time.timestamp_micros(), ..self })
    }

    /// Sets the minor version.
    ///
    /// # Errors
    ///
    /// It is above 2,147,483,647, the largest integer of a CloudEvent.
    pub fn with_minorversion(self, minorversion: u32) -> Result<Self, InvalidMinorVersion> {
        Ok(Self { minorversion: minor_version::check(minorversion)?, ..self })
    }

    /// Sets the source.
    pub fn with_source(self, source: impl Into<Cow<'static, str>>) -> Self {
        Self { source: source.into(), ..self }
    }

    /// Sets the host.
    pub fn with_sourcehost(self, sourcehost: impl Into<Cow<'static, str>>) -> Self {
        Self { sourcehost: sourcehost.into(), ..self }
    }

    /// Sets the release of the sending library.
    pub fn with_sourcelib(self, sourcelib: impl Into<Cow<'static, [u32]>>) -> Self {
        Self { sourcelib: sourcelib.into(), ..self }
    }

    /// The members of [`to_json`](Self::to_json).
    #[cfg(feature = "webhook")]
    pub(crate) fn record() -> &'static crate::data::Record {
        <members::EventsMetadata as crate::EventData>::RECORD
    }

    /// Returns the metadata as one line of JSON: upstream's members in upstream's order.
    pub fn to_json(&self) -> String {
        // Texts, whole numbers and a time in range all have a JSON form.
        to_json(&members::EventsMetadata::from(self.clone()), PersonalData::Keep).unwrap_or_default()
    }

    /// Reads the JSON that [`to_json`](Self::to_json) or Python's `EventsMetadata.to_json` wrote. Unlike Python it keeps
    /// `minorversion`, and accepts a time in any form of RFC 3339, which it converts to UTC.
    ///
    /// # Errors
    ///
    /// The text is not such an object; the error has the path of the member. Every member but `minorversion`, which is
    /// 0 by default, is required; unknown members, a time without an offset and a `minorversion` above 2,147,483,647 are
    /// errors.
    pub fn from_json(text: &str) -> Result<Self, JsonError> {
        from_json::<members::EventsMetadata>(text).map(Self::from)
    }
}

#[expect(clippy::missing_fields_in_debug, reason = "`micros` is shown as the time")]
impl fmt::Debug for EventsMetadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventsMetadata")
            .field("id", &self.id)
            .field("event_type", &self.event_type)
            .field("minorversion", &self.minorversion)
            .field("source", &self.source)
            .field("sourcehost", &self.sourcehost)
            .field("time", &self.time())
            .field("sourcelib", &self.sourcelib)
            .finish()
    }
}

/// The current time in microseconds since 1970, without converting it to a date.
#[inline]
pub(crate) fn now_micros() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, micros)
}

/// The last second of the year 9999, behind which Python's datetime has none.
const LATEST: u64 = 253_402_300_799;

/// Microseconds since 1970. A clock beyond the year 9999 is broken, as is one before 1970: the nearest time is as good as any.
#[inline]
fn micros(since: Duration) -> i64 {
    // By hand, as `as_micros` computes in 128 bits. This has 58.
    (since.as_secs().min(LATEST) * 1_000_000).cast_signed() + i64::from(since.subsec_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_beyond_the_year_9999_makes_json_too() {
        let last = 253_402_300_799_000_000;
        for (seconds, wanted) in
            [(LATEST - 1, last - 1_000_000), (LATEST, last), (LATEST + 1, last), (u64::MAX, last)]
        {
            let metadata = EventsMetadata::at(
                Cow::Borrowed("org.example.a.b.c.v1"),
                0,
                micros(Duration::new(seconds, 999_999_999)),
            );
            assert_eq!(metadata.micros, wanted + 999_999);
            assert_eq!(EventsMetadata::from_json(&metadata.to_json()).expect("JSON"), metadata);
        }
    }
}
