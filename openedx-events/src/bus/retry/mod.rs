//! When to try again, and for how long.

pub(super) mod backoff;
pub(super) mod deadline;
pub(super) mod recovery;
pub(super) mod retry_timeout;
pub(super) mod seldom;
