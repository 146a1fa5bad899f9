//! The span of a send.

use tracing::field::Empty;
use tracing::level_filters::{LevelFilter, STATIC_MAX_LEVEL};
use tracing::{Level, Span};

use crate::metadata::EventsMetadata;
use crate::signal::any::AnySignal;
use crate::signal::responses::Responses;

/// The target of all spans, wherever they are made, so that they can be turned on without the log of the same code.
pub(crate) const TARGET: &str = "openedx_events::trace";

/// Whether any subscriber may take spans. A load and a comparison: what a send pays if none does.
#[inline]
pub(super) fn is_wanted() -> bool {
    Level::DEBUG <= STATIC_MAX_LEVEL && Level::DEBUG <= LevelFilter::current()
}

/// The span of one send.
pub(super) fn send(signal: &dyn AnySignal, metadata: &EventsMetadata) -> Span {
    tracing::debug_span!(
        target: TARGET,
        "send",
        otel.kind = "internal",
        event_type = signal.event_type(),
        messaging.message.id = %metadata.id(),
        otel.status_code = Empty,
    )
}

/// The send has these responses.
pub(super) fn ended(span: &Span, responses: &Responses) {
    if !span.is_disabled() && !responses.is_ok() {
        span.record("otel.status_code", "ERROR");
    }
}
