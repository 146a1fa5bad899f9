//! Where the `traceparent` of messages comes from: [`set_traceparent_source`].

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::panics;
use crate::trace_parent::TraceParent;

type Source = Box<dyn Fn() -> Option<TraceParent> + Send + Sync>;

static SOURCE: ArcSwapOption<Source> = ArcSwapOption::const_empty();

/// Sets what tells the current span, for all producers of the process: each message then has the header
/// [`traceparent`](crate::bus::headers::TRACEPARENT). Replaces the one that was set before. Without a call messages
/// have no such header.
///
/// It is called at each send of an event that is produced, on the thread of the send, inside the span `send` if that is
/// on. It must not block. `None` means that there is no span. If it panics, the event is produced without the header,
/// and an error is logged.
///
/// ```
/// use openedx_events::TraceParent;
/// use openedx_events::bus;
///
/// fn current_span() -> ([u8; 16], [u8; 8]) {
///     // Of the tracing library.
///     ([7; 16], [8; 8])
/// }
///
/// bus::set_traceparent_source(|| {
///     let (trace_id, span_id) = current_span();
///     TraceParent::new(trace_id, span_id, true)
/// });
/// ```
pub fn set_traceparent_source(source: impl Fn() -> Option<TraceParent> + Send + Sync + 'static) {
    SOURCE.store(Some(Arc::new(Box::new(source))));
}

/// The current span, if anybody can tell.
pub(super) fn current() -> Option<TraceParent> {
    let source = SOURCE.load();
    let source = source.as_ref()?;
    panics::catch(|| source()).unwrap_or_else(|panic| {
        tracing::error!(panic = &*panic, "the source of traceparents panicked");
        None
    })
}
