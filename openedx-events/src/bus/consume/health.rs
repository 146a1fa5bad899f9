//! Whether a consumer works: [`Health`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::circuits::Circuits;
use super::shared::Shared;

/// Whether a consumer is ready, and the receivers that do not work.
/// [`ConsumerHandle::health`](super::ConsumerHandle::health) returns it at any time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Health {
    /// Whether the consumer runs, the bus answers, no receiver is stuck and every topic is read.
    pub is_ready: bool,
    /// Why it is not ready, one text for each reason: it has not started, waits for the bus, has lost the connection,
    /// stands still, has ended or has stopped. What belongs to one topic begins with its name.
    pub reasons: Vec<String>,
    /// The receivers whose events wait, as the receivers do not seem to work. They alone do not make the consumer unready.
    pub circuits: Vec<CircuitInfo>,
    /// The topics for which another consumer of the group is the [single active one](crate::bus::Consumer::is_standby),
    /// and this one stands by. They do not make the consumer unready: it is ready to take over, and a deployment that
    /// starts it before it ends the other one must not wait for it.
    pub standby: Vec<String>,
}

/// A receiver whose circuit is open: its events wait, and one at a time probes whether it works again.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CircuitInfo {
    /// The path of the receiver.
    pub receiver: String,
    /// For how long the circuit has been open.
    pub open_for: Duration,
    /// The last error of the receiver, with its causes.
    pub last_error: String,
    /// The number of events that wait.
    pub waiting: usize,
    /// For how long the oldest of them has waited, from its first failure.
    pub oldest: Option<Duration>,
}

impl Health {
    /// That of a consumer that does not run, for this reason.
    pub(super) fn not_ready(reason: impl Into<String>) -> Self {
        Self { reasons: vec![reason.into()], ..Self::default() }
    }

    /// That of a consumer that runs.
    pub(super) fn of(topics: &[Arc<Shared>], circuits: &Circuits) -> Self {
        let reasons: Vec<_> = topics.iter().flat_map(|topic| topic.not_ready()).collect();
        let waiting: Vec<_> = topics.iter().flat_map(|topic| topic.window().waiting()).collect();
        let now = Instant::now();
        let circuits = circuits.open().into_iter().map(|circuit| {
            let of_circuit = waiting.iter().filter(|(id, ..)| *id == circuit.id);
            let oldest = of_circuit.clone().filter_map(|(.., since)| *since).min();
            CircuitInfo {
                receiver: circuit.path.to_string(),
                open_for: now.saturating_duration_since(circuit.since),
                last_error: circuit.last_error,
                waiting: of_circuit.map(|(_, number, _)| number).sum(),
                oldest: oldest.map(|since| now.saturating_duration_since(since)),
            }
        });
        let standby = topics.iter().filter(|topic| topic.consumer().is_standby());
        let standby = standby.map(|topic| topic.topic().to_string()).collect();
        Self { is_ready: reasons.is_empty(), circuits: circuits.collect(), standby, reasons }
    }
}
