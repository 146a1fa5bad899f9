//! Numbers, as people read them.

use std::fmt::Display;

pub(super) fn events<N: Copy + Display + PartialEq + From<u8>>(number: N) -> String {
    counted(number, "event")
}

/// `1 run`, `2 runs`.
pub(super) fn counted<N: Copy + Display + PartialEq + From<u8>>(number: N, what: &str) -> String {
    let plural = if number == N::from(1) { "" } else { "s" };
    format!("{number} {what}{plural}")
}

/// A number in JSON.
pub(super) fn number<N: TryInto<i64>>(number: N) -> i64 {
    number.try_into().unwrap_or(i64::MAX)
}
