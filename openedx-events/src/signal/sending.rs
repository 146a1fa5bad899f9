//! How an event is to be sent: [`SendOptions`], and what the ways of sending share.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::event::EventInfo;
use crate::isoformat;
use crate::isoformat::IsoError;
use crate::metadata::{EventsMetadata, now_micros};

/// How an event is to be sent, where it differs from [`send_event`](crate::Signal::send_event).
///
/// # Examples
///
/// ```
/// use chrono::{TimeZone, Utc};
/// use openedx_events::{SendOptions, signal};
///
/// /// A page was turned.
/// #[signal("org.example.library.page.turned.v1")]
/// pub struct PageTurned {
///     pub page: i64,
/// }
///
/// let yesterday = Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap();
/// let options = SendOptions::new().fail_fast().time(yesterday)?;
/// PAGE_TURNED.send_event_with(PageTurned { page: 7 }, options).into_result()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SendOptions {
    fail_fast: bool,
    micros: Option<i64>,
}

impl SendOptions {
    /// What `send_event` does: every receiver runs, the time is now.
    pub const fn new() -> Self {
        Self { fail_fast: false, micros: None }
    }

    /// Stops at the first receiver that fails: those after it are not run, async ones not started.
    pub const fn fail_fast(self) -> Self {
        Self { fail_fast: true, ..self }
    }

    /// The time in the metadata: when what the event tells of happened. Cut to microseconds.
    ///
    /// # Errors
    ///
    /// A year outside 1 to 9999, which Python's datetime cannot hold.
    pub fn time(self, time: DateTime<Utc>) -> Result<Self, IsoError> {
        isoformat::format_utc(time)?;
        Ok(Self { micros: Some(time.timestamp_micros()), ..self })
    }
}

/// One sending: everything but the event. Three words to copy, so that it stays in registers.
#[derive(Clone, Copy)]
pub(crate) struct Sending<'m> {
    pub(crate) fail_fast: bool,
    pub(crate) from_event_bus: bool,
    pub(crate) stamp: Stamp<'m>,
}

impl Sending<'_> {
    pub(crate) const NOW: Sending<'static> =
        Sending { fail_fast: false, from_event_bus: false, stamp: Stamp::Now };
}

impl From<SendOptions> for Sending<'static> {
    fn from(options: SendOptions) -> Self {
        let stamp = options.micros.map_or(Stamp::Now, Stamp::At);
        Sending { fail_fast: options.fail_fast, from_event_bus: false, stamp }
    }
}

impl<'m> From<&'m EventsMetadata> for Sending<'m> {
    #[inline]
    fn from(metadata: &'m EventsMetadata) -> Self {
        Sending { fail_fast: false, from_event_bus: true, stamp: Stamp::Given(metadata) }
    }
}

/// Where the metadata comes from. Made only once it is known that somebody listens.
#[derive(Clone, Copy)]
pub(crate) enum Stamp<'m> {
    Now,
    At(i64),
    Given(&'m EventsMetadata),
}

impl<'m> Stamp<'m> {
    /// The metadata. Made in the slot if it is not given, as moving it there costs as much as making it.
    #[inline]
    pub(crate) fn metadata(
        self,
        info: &'static EventInfo,
        slot: &'m mut Option<EventsMetadata>,
    ) -> &'m EventsMetadata {
        let micros = match self {
            Self::Now => now_micros(),
            Self::At(micros) => micros,
            Self::Given(metadata) => return metadata,
        };
        slot.insert(EventsMetadata::at(Cow::Borrowed(info.event_type), info.minor_version, micros))
    }
}

/// An event on its way: given, or lent and copied only if somebody must keep it.
pub(crate) trait Payload<E> {
    fn event(&self) -> &E;
    fn into_shared(self) -> Arc<E>;
}

pub(crate) struct Given<E>(pub(crate) E);

impl<E> Payload<E> for Given<E> {
    #[inline]
    fn event(&self) -> &E {
        &self.0
    }

    fn into_shared(self) -> Arc<E> {
        Arc::new(self.0)
    }
}

pub(crate) struct Lent<'a, E>(pub(crate) &'a E);

impl<E: Clone> Payload<E> for Lent<'_, E> {
    #[inline]
    fn event(&self) -> &E {
        self.0
    }

    fn into_shared(self) -> Arc<E> {
        Arc::new(self.0.clone())
    }
}
