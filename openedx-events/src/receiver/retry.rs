//! Errors that tell the event bus whether and when to retry: [`Permanent`], [`Skip`], [`Unavailable`] and [`RetryAfter`].

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::BoxError;
use crate::chain::debug_like_display;

/// An error that no retry can fix. On the event bus the event is dead-lettered at once, without further attempts.
///
/// # Examples
///
/// ```
/// use openedx_events::{Permanent, receiver, signal};
///
/// /// Sent when a thermometer was read.
/// #[signal("org.example.house.thermometer.read.v1")]
/// pub struct ThermometerRead {
///     pub celsius: String,
/// }
///
/// #[receiver(THERMOMETER_READ)]
/// fn store(celsius: &str) -> Result<(), Permanent> {
///     // A text that is not a number today will not be one at the next attempt.
///     let _celsius: f64 = celsius.parse().map_err(Permanent::new)?;
///     Ok(())
/// }
///
/// let responses = THERMOMETER_READ.send_event("warm".to_owned());
/// let (_, error) = responses.errors().next().unwrap();
/// assert_eq!(error.to_string(), "invalid float literal");
/// ```
pub struct Permanent(BoxError);

/// Says that an event does not concern the receiver after all. On the event bus the event counts as skipped: it is
/// neither retried nor dead-lettered. In process it is an error like any other.
///
/// # Examples
///
/// ```
/// use openedx_events::{Skip, receiver, signal};
///
/// /// Sent when a letter arrived.
/// #[signal("org.example.post.letter.arrived.v1")]
/// pub struct LetterArrived {
///     pub address: String,
/// }
///
/// #[receiver(LETTER_ARRIVED)]
/// fn ring_the_bell(address: &str) -> Result<(), Skip> {
///     if address != "Baker Street 221B" {
///         return Err(Skip::new("it is for somebody else"));
///     }
///     Ok(())
/// }
///
/// assert!(LETTER_ARRIVED.send_event("Baker Street 221B".to_owned()).is_ok());
/// assert!(!LETTER_ARRIVED.send_event("Baker Street 7".to_owned()).is_ok());
/// ```
pub struct Skip(BoxError);

/// Says that something that the receiver needs is down, such as its database. On the event bus the event waits until the
/// receiver works again, and does not use up an attempt. When three events in a row say so, the receiver's circuit opens: its
/// events wait, and one at a time probes whether it works again. An event waits at most for the `outage_limit` of the consumer;
/// it is then dead-lettered with the reason `outage`. In process it is an error like any other.
///
/// # Examples
///
/// ```
/// use std::io;
///
/// use openedx_events::{BoxError, Unavailable, receiver, signal};
///
/// /// Sent when a photo was taken.
/// #[signal("org.example.camera.photo.taken.v1")]
/// pub struct PhotoTaken {
///     pub name: String,
/// }
///
/// fn upload(_name: &str) -> io::Result<()> {
///     Err(io::ErrorKind::ConnectionRefused.into())
/// }
///
/// #[receiver(PHOTO_TAKEN)]
/// fn store(name: &str) -> Result<(), BoxError> {
///     upload(name).map_err(|error| match error.kind() {
///         io::ErrorKind::ConnectionRefused => Unavailable::new(error).into(),
///         _ => BoxError::from(error),
///     })
/// }
///
/// let responses = PHOTO_TAKEN.send_event("me.jpg".to_owned());
/// let (_, error) = responses.errors().next().unwrap();
/// assert_eq!(error.to_string(), "connection refused");
/// ```
pub struct Unavailable(BoxError);

/// An error after which the receiver should not be called for a while, such as an HTTP response with `Retry-After`. On the event
/// bus the attempt counts as any other, and the event's next attempt begins no sooner than this time later, even if the backoff
/// is shorter. If the receiver's circuit is open, or opens by this error, no other event probes it before. Around
/// [`Unavailable`], the attempt is not used up.
///
/// An event waits at most for the `outage_limit` of the consumer, unless that is zero. The time is not kept over a restart. In
/// process it is an error like any other.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::{RetryAfter, receiver, signal};
///
/// /// Sent when a letter was written.
/// #[signal("org.example.post.letter.written.v1")]
/// pub struct LetterWritten {
///     pub address: String,
/// }
///
/// #[receiver(LETTER_WRITTEN)]
/// fn post(_address: &str) -> Result<(), RetryAfter> {
///     Err(RetryAfter::new(Duration::from_secs(60), "the post office is closed for a minute"))
/// }
///
/// let responses = LETTER_WRITTEN.send_event("Baker Street 221B".to_owned());
/// let (_, error) = responses.errors().next().unwrap();
/// assert_eq!(error.to_string(), "the post office is closed for a minute");
/// ```
pub struct RetryAfter(BoxError, Duration);

impl RetryAfter {
    /// Wraps an error. The next attempt begins no sooner than after `pause`.
    pub fn new(pause: Duration, error: impl Into<BoxError>) -> Self {
        Self(error.into(), pause)
    }

    /// The time before the next attempt.
    pub fn pause(&self) -> Duration {
        self.1
    }

    /// The wrapped error, which the source is not.
    #[cfg(feature = "bus")]
    pub(crate) fn wrapped(&self) -> &(dyn Error + 'static) {
        &*self.0
    }
}

impl Unavailable {
    /// Wraps the error of what is down.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }

    /// The wrapped error, which the source is not.
    #[cfg(feature = "bus")]
    pub(crate) fn wrapped(&self) -> &(dyn Error + 'static) {
        &*self.0
    }
}

impl Permanent {
    /// Wraps an error that no retry can fix.
    pub fn new(error: impl Into<BoxError>) -> Self {
        Self(error.into())
    }
}

impl Skip {
    /// Skips for this reason.
    pub fn new(reason: impl Into<BoxError>) -> Self {
        Self(reason.into())
    }
}

macro_rules! transparent {
    ($($error:ident)*) => {
        $(
            impl fmt::Display for $error {
                fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    self.0.fmt(f)
                }
            }

            /// Transparent: the source is that of the wrapped error.
            impl Error for $error {
                fn source(&self) -> Option<&(dyn Error + 'static)> {
                    self.0.source()
                }
            }
        )*
    };
}

transparent! { Permanent Skip Unavailable RetryAfter }
debug_like_display!(Permanent, Skip, Unavailable, RetryAfter);
