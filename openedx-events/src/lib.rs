//! Typed signals with self-registering receivers, and the events of Open edX.

pub mod isoformat;
pub mod keys;
