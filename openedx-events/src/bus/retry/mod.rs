//! When to try again, and for how long.

pub(super) mod backoff;
pub(super) mod deadline;
pub(super) mod log_interval;
pub(super) mod log_limit;
pub(super) mod recovery;
pub(super) mod retry_timeout;
