//! Everything that can be said about one send: [`SendBuilder`].

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};

use super::dispatch::payload::{Payload, Slot};
use super::event::Event;
use super::info::EventInfo;
use super::responses::Responses;
use super::typed::Signal;
use crate::isoformat;
use crate::isoformat::IsoError;
use crate::metadata::{EventsMetadata, now_micros};

/// A send that differs from [`send_event`](Signal::send_event): made by [`Signal::event`] and [`Signal::event_ref`],
/// ended by [`send`](Self::send) or [`send_async`](Self::send_async).
///
/// `P` is the event itself, or a reference to it.
///
/// # Examples
///
/// ```
/// use openedx_events::chrono::{TimeZone, Utc};
/// use openedx_events::signal;
///
/// /// Sent when a page was turned.
/// #[signal("org.example.library.page.turned.v1")]
/// #[derive(Clone)]
/// pub struct PageTurned {
///     pub page: i64,
/// }
///
/// let noon = Utc.with_ymd_and_hms(2026, 11, 20, 12, 0, 0).unwrap();
/// PAGE_TURNED.event(7).time(noon)?.fail_fast().send().into_result()?;
///
/// // The event stays with the caller.
/// let event = PageTurned { page: 8 };
/// PAGE_TURNED.event_ref(&event).fail_fast().send().into_result()?;
///
/// // An event that another service sent, with its metadata.
/// let metadata = PAGE_TURNED.generate_metadata().with_source("openedx/library/worker");
/// PAGE_TURNED.event(9).metadata(&metadata).from_event_bus().send().into_result()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "nothing is sent before `send()` or `send_async()`"]
pub struct SendBuilder<'m, E: 'static, P = E> {
    signal: &'static Signal<E>,
    payload: P,
    options: SendOptions<'m>,
}

impl<E, P> SendBuilder<'static, E, P> {
    #[inline]
    pub(crate) fn new(signal: &'static Signal<E>, payload: P) -> Self {
        Self { signal, payload, options: SendOptions::NOW }
    }
}

impl<E, P> SendBuilder<'_, E, P> {
    /// Stops at the first sync receiver that fails: those after it are not called, async ones are not started.
    #[doc(alias("stop_on_error", "fail_on_error", "stop_at_first_error", "send_strict"))]
    #[inline]
    pub fn fail_fast(mut self) -> Self {
        self.options.fail_fast = true;
        self
    }

    /// Marks the event as one that came from the event bus: receivers see it in
    /// [`Context::from_event_bus`](crate::Context::from_event_bus), and it is not produced to the bus again.
    #[inline]
    pub fn from_event_bus(mut self) -> Self {
        self.options.from_event_bus = true;
        self
    }

    /// Sets the time in the metadata, cut to microseconds: when the event happened. Without it, it is the time of the
    /// send. Replaces the [`metadata`](Self::metadata) set before.
    ///
    /// # Errors
    ///
    /// A year outside 1 to 9999, which Python's datetime cannot hold.
    #[doc(alias("with_time", "at", "timestamp", "set_time", "sent_at"))]
    pub fn time(mut self, time: DateTime<Utc>) -> Result<Self, IsoError> {
        isoformat::format_utc(time)?;
        self.options.stamp = Stamp::At(time.timestamp_micros());
        Ok(self)
    }

    /// Sends the event with this metadata instead of new metadata. Replaces the [`time`](Self::time) set before.
    #[doc(alias("with_metadata", "set_metadata", "custom_metadata"))]
    #[inline]
    pub fn metadata(self, metadata: &EventsMetadata) -> SendBuilder<'_, E, P> {
        let options = SendOptions {
            fail_fast: self.options.fail_fast,
            from_event_bus: self.options.from_event_bus,
            stamp: Stamp::Custom(metadata),
        };
        SendBuilder { signal: self.signal, payload: self.payload, options }
    }
}

#[expect(private_bounds, reason = "`P` is `E` or `&E`, and nobody else can add to them")]
impl<'m, E: Event, P: Payload<E>> SendBuilder<'m, E, P> {
    /// Sends the event as [`send_event`](Signal::send_event) does.
    #[doc(alias(
        "emit",
        "publish",
        "dispatch",
        "trigger",
        "fire",
        "send_event",
        "send_now",
        "execute",
        "run"
    ))]
    #[inline]
    pub fn send(self) -> Responses {
        self.signal.dispatch_sync(Slot::new(self.payload), self.options)
    }

    /// Sends the event as [`send_event_async`](Signal::send_event_async) does.
    #[doc(alias("send_event_async", "emit_async", "publish_async", "dispatch_async"))]
    pub fn send_async(self) -> impl Future<Output = Responses> + Send + use<'m, E, P>
    where
        P: Send,
    {
        self.signal.dispatch_async(Slot::new(self.payload), self.options)
    }
}

impl<E: Event, P> fmt::Debug for SendBuilder<'_, E, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendBuilder").field("signal", self.signal).finish_non_exhaustive()
    }
}

/// One send: everything but the event. Three words to copy, so that it stays in registers.
#[derive(Clone, Copy)]
pub(crate) struct SendOptions<'m> {
    pub(crate) fail_fast: bool,
    pub(crate) from_event_bus: bool,
    pub(crate) stamp: Stamp<'m>,
}

impl SendOptions<'_> {
    pub(crate) const NOW: SendOptions<'static> =
        SendOptions { fail_fast: false, from_event_bus: false, stamp: Stamp::Now };
}

/// Where the metadata comes from. It is made only once it is known that there are receivers.
#[derive(Clone, Copy)]
pub(crate) enum Stamp<'m> {
    Now,
    At(i64),
    Custom(&'m EventsMetadata),
}

impl<'m> Stamp<'m> {
    /// The metadata. New metadata are made in the slot, as moving them there costs as much as making them.
    #[inline]
    pub(crate) fn metadata(
        self,
        info: &'static EventInfo,
        slot: &'m mut Option<EventsMetadata>,
    ) -> &'m EventsMetadata {
        let micros = match self {
            Self::Now => now_micros(),
            Self::At(micros) => micros,
            Self::Custom(metadata) => return metadata,
        };
        slot.insert(EventsMetadata::at(Cow::Borrowed(info.event_type), info.minor_version, micros))
    }
}
