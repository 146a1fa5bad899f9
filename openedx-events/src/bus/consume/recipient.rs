//! What a consumer delivers to instead of the receivers of the program: [`Recipient`].

use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::OnceLock;

use super::LOG;
use crate::chain::debug_like_display;
use crate::receiver::delivery::DeliveryPolicy;
use crate::receiver::{BoxError, ReceiverInfo, ReceiverResult};
use crate::signal::context::Context;
use crate::signal::event::AnyEvent;
use crate::unheard;

type Deliver = dyn Fn(&dyn AnyEvent, &Context<'_>) -> ReceiverResult + Send + Sync;
type Wants = dyn Fn(&str) -> bool + Send + Sync;

/// A function that takes the events of a consumer instead of the receivers of the program, such as one that posts them to another
/// service: see [`EventConsumer::deliver_to`](super::EventConsumer::deliver_to).
///
/// Its errors are those of a receiver: [`Permanent`](crate::Permanent), [`Unavailable`](crate::Unavailable),
/// [`RetryAfter`](crate::RetryAfter) and [`Skip`](crate::Skip) are obeyed. [`Closed`] ends the consumer.
pub struct Recipient {
    info: ReceiverInfo,
    wants: Box<Wants>,
    deliver: Box<Deliver>,
    /// Why it takes no event any more.
    closed: OnceLock<String>,
}

impl Recipient {
    /// A recipient with this name, which takes events of every type. Dead letters, metrics, health and the settings of receivers
    /// ([`receivers`](super::ConsumerSettings::receivers)) name it as they name a receiver by its path.
    ///
    /// `deliver` runs on the threads of the workers, and may block them. It can be called for several events at once.
    #[track_caller]
    pub fn new(
        name: impl Into<String>,
        deliver: impl Fn(&dyn AnyEvent, &Context<'_>) -> ReceiverResult + Send + Sync + 'static,
    ) -> Self {
        let info = ReceiverInfo {
            path: name.into().into(),
            location: Location::caller(),
            priority: 0,
            is_async: false,
            delivery: DeliveryPolicy::new(),
        };
        Self { info, wants: Box::new(|_| true), deliver: Box::new(deliver), closed: OnceLock::new() }
    }

    /// Takes only the event types for which `wants` returns `true`. Events of other types are acknowledged without being decoded, and
    /// count as events without receivers. No hook sees them.
    #[must_use]
    pub fn only(self, wants: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self { wants: Box::new(wants), ..self }
    }

    pub(super) fn info(&self) -> &ReceiverInfo {
        &self.info
    }

    pub(super) fn wants(&self, event_type: &str) -> bool {
        (self.wants)(event_type)
    }

    /// Delivers an event, unless the recipient is closed.
    pub(super) fn deliver(&self, event: &dyn AnyEvent, context: &Context<'_>) -> ReceiverResult {
        match self.closed.get() {
            Some(error) => Err(Closed::new(error.as_str()).into()),
            None => (self.deliver)(event, context),
        }
    }

    /// It takes no event any more. Logged once, whatever the number of topics and workers.
    pub(super) fn close(&self, error: &str) {
        if self.closed.set(error.to_owned()).is_ok() {
            tracing::error!(
                target: LOG,
                recipient = &*self.info.path,
                error,
                "the recipient of a consumer takes no event any more: the consumer ends, and its events stay with the group"
            );
            unheard::mistake(format_args!(
                "{} takes no event any more, and its events stay with the group: {error}",
                self.info.path
            ));
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recipient").field("name", &self.info.path).finish_non_exhaustive()
    }
}

/// An error of a [`Recipient`] that says that it will never take an event again. The consumer ends with
/// [`StopError::Closed`](super::StopError::Closed): the event, and those behind it, are neither acknowledged nor dead-lettered, and
/// are delivered when the consumer is started anew. It is logged once as an error, and the consumer is not ready.
///
/// Elsewhere, such as in a receiver, it is an error like any other.
pub struct Closed(BoxError);

impl Closed {
    /// For this reason.
    pub fn new(reason: impl Into<BoxError>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Transparent: the source is that of the wrapped error.
impl Error for Closed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

debug_like_display!(Closed);
