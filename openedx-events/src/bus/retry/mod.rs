//! When to try again, and for how long.

pub(super) mod start_timeout;
