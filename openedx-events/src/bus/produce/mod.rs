//! Producing: from the signals of this program to the bus.
//!
//! A configured signal has a receiver of the library's own, which puts the event's message into the queue of each of its
//! topics. Each topic has a thread that publishes what is in its queue, so that a topic that fails holds up no other, and
//! no runtime of the program is needed or can be starved.
//!
//! The way of an event: `enqueue` (the receiver) → `queue`, or `spill` if it is full → `sender` (the thread).

mod connected;
mod enqueue;
mod health;
mod outgoing;
mod overflow;
mod pace;
mod producer;
mod queue;
mod report;
mod routes;
mod sender;
pub(crate) mod spill;
mod starting;
mod trace_source;

pub use overflow::Overflow;
pub use producer::{EventProducer, ShutdownError};
pub use report::ProducerReport;
pub use trace_source::set_traceparent_source;
