//! The names, kinds, labels and texts of all metrics: [`METRICS`].

/// The kind of a [`Metric`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// It only increases.
    Counter,
    /// It is read when somebody asks.
    Gauge,
    /// How often a time was how long, in seconds.
    Histogram,
}

impl Kind {
    /// Its name in the format of Prometheus.
    pub fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric of the event bus.
#[derive(Debug)]
#[non_exhaustive]
pub struct Metric {
    /// Its name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// What it says, in one line.
    pub help: &'static str,
    /// The names of its labels. A label whose value is empty is left out.
    pub labels: &'static [&'static str],
}

macro_rules! metrics {
    ($($id:ident $kind:ident $name:literal [$($label:ident)*] $help:literal)+) => {
        $(
            pub(super) static $id: Metric =
                Metric { name: $name, kind: Kind::$kind, help: $help, labels: &[$(stringify!($label)),*] };
        )+

        /// All metrics, in the order in which [`text`](super::text()) writes them.
        pub static METRICS: &[&Metric] = &[$(&$id),+];
    };
}

// The first four are of OpenTelemetry's conventions for messaging, which are still in development, in the form of
// Prometheus.
metrics! {
    SENT Counter "messaging_client_sent_messages_total"
        [messaging_system messaging_destination_name messaging_operation_name error_type]
        "Messages that producers tried to publish. Those with an error_type were not stored, and are tried again."
    CONSUMED Counter "messaging_client_consumed_messages_total"
        [messaging_system messaging_destination_name messaging_consumer_group_name messaging_operation_name]
        "Messages that consumers have read or claimed."
    OPERATION Histogram "messaging_client_operation_duration_seconds"
        [messaging_system messaging_destination_name messaging_operation_name error_type]
        "How long the bus took to store a batch of messages."
    PROCESS Histogram "messaging_process_duration_seconds"
        [messaging_system messaging_destination_name messaging_consumer_group_name messaging_operation_name error_type]
        "How long the receivers of an event took: all of them the first time, one of them when it is retried."
    RECEIVER_RUNS Counter "openedx_events_receiver_runs_total"
        [receiver outcome]
        "Runs of receivers for events from the bus: done, skipped, repeated (left out by dedup), failed (and retried), given_up or waiting."
    SUPPRESSED Counter "openedx_events_suppressed_total"
        [reason]
        "Events from the bus that reached no receiver: no_receivers or disabled."
    TRIMMED Counter "openedx_events_trimmed_total"
        [topic group]
        "Entries that were trimmed before the group had done them: their events are lost."
    DEAD_LETTERS Gauge "openedx_events_dead_letters"
        [topic]
        "Dead letters of a topic that is consumed."
    LAG Gauge "openedx_events_lag"
        [topic group]
        "Entries that the group has not read."
    PENDING Gauge "openedx_events_pending"
        [topic group]
        "Entries that the group has read and not acknowledged."
    OLDEST Gauge "openedx_events_oldest_seconds"
        [topic group]
        "The age of the oldest entry that the group has not acknowledged. 0 if there is none."
    QUEUE_MESSAGES Gauge "openedx_events_queue_messages"
        [topic]
        "Messages in the queue of a producer."
    SPILLED_MESSAGES Gauge "openedx_events_spilled_messages"
        [topic]
        "Messages in spill files."
    READY Gauge "openedx_events_ready"
        []
        "1 if all producers and consumers of the process are ready, otherwise 0."
}

/// The position of a metric in [`METRICS`].
pub(super) fn position(metric: &'static Metric) -> usize {
    METRICS.iter().position(|each| std::ptr::eq(*each, metric)).unwrap_or_default()
}
