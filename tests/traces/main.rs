//! Spans, and the `traceparent` that goes over the bus.

mod bus;
mod propagation;
mod sending;
