//! The spans of the bus, with the attributes of OpenTelemetry's messaging conventions. They hold no personal data, and
//! so no keys.

use tracing::Span;
use tracing::field::Empty;

use super::contract::{Backend, BusError};
use super::message::topic::Topic;
use crate::metadata::EventsMetadata;
use crate::signal::dispatch::trace::TARGET;

/// The span in which a batch of messages is published.
pub(super) fn publish(backend: &dyn Backend, topic: &Topic, messages: usize) -> Span {
    tracing::debug_span!(
        target: TARGET,
        parent: None,
        "publish",
        otel.name = format_args!("publish {topic}"),
        otel.kind = "producer",
        messaging.system = backend.system(),
        messaging.destination.name = topic.as_str(),
        messaging.operation.name = "publish",
        messaging.operation.type = "send",
        messaging.batch.message_count = messages,
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// Publishing has failed.
pub(super) fn not_published(span: &Span, error: &BusError) {
    failed(span, error.kind().name());
}

/// The span in which receivers process an event.
pub(super) fn process(backend: &dyn Backend, topic: &Topic, group: &str, metadata: &EventsMetadata) -> Span {
    tracing::debug_span!(
        target: TARGET,
        "process",
        otel.name = format_args!("process {topic}"),
        otel.kind = "consumer",
        messaging.system = backend.system(),
        messaging.destination.name = topic.as_str(),
        messaging.consumer.group.name = group,
        messaging.operation.name = "process",
        messaging.operation.type = "process",
        messaging.message.id = %metadata.id(),
        event_type = metadata.event_type(),
        error.type = Empty,
        otel.status_code = Empty,
    )
}

/// A receiver has failed.
pub(super) fn not_processed(span: &Span) {
    failed(span, "receiver_failed");
}

fn failed(span: &Span, error_type: &str) {
    span.record("error.type", error_type);
    span.record("otel.status_code", "ERROR");
}
