//! What can be wrong with a datetime.

use std::{error, fmt};

/// So much of an unreadable text is kept: all of a datetime, little of what is something else.
const SHOWN_CHARS: usize = 64;

/// A text that is not a datetime, or a datetime that cannot be written or converted.
///
/// ```
/// use openedx_events::isoformat::IsoDateTime;
///
/// let error = "2011-11-04T24:00".parse::<IsoDateTime>().unwrap_err();
/// assert_eq!(error.position(), Some(11));
/// assert_eq!(
///     error.to_string(),
///     "unreadable datetime \"2011-11-04T24:00\": at byte 11, expected the hour as two digits from 00 to 23; \
///      a readable one is 2011-11-04T00:05:23.123456+00:00",
/// );
/// ```
// Boxed, so that the result of the fast paths stays small.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IsoError(Box<Problem>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Problem {
    Text { fault: Fault, shown: String },
    Year(i32),
    LeapSecond,
    Offset(i64),
    OffsetFraction(i64),
}

/// Where a text leaves the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// Byte offset into the text.
    pub(super) position: usize,
    /// What the grammar wants there.
    pub(super) expected: &'static str,
}

impl IsoError {
    /// The byte at which a text stops being a datetime: the beginning of the number or sign that is wrong.
    ///
    /// None where the error is about a value, not a text.
    pub fn position(&self) -> Option<usize> {
        match &*self.0 {
            Problem::Text { fault, .. } => Some(fault.position),
            _ => None,
        }
    }

    #[cold]
    pub(super) fn text(text: &str, fault: Fault) -> Self {
        let mut chars = text.chars();
        // Escaped to ASCII, as the text may come from anywhere and the message goes to logs.
        let mut shown: String = chars.by_ref().take(SHOWN_CHARS).flat_map(char::escape_default).collect();
        if chars.next().is_some() {
            shown.push_str("...");
        }
        Self(Box::new(Problem::Text { fault, shown }))
    }

    #[cold]
    pub(super) fn year(year: i32) -> Self {
        Self(Box::new(Problem::Year(year)))
    }

    #[cold]
    pub(super) fn leap_second() -> Self {
        Self(Box::new(Problem::LeapSecond))
    }

    #[cold]
    pub(super) fn offset(microseconds: i64) -> Self {
        Self(Box::new(Problem::Offset(microseconds)))
    }

    #[cold]
    pub(super) fn offset_fraction(microseconds: i64) -> Self {
        Self(Box::new(Problem::OffsetFraction(microseconds)))
    }
}

impl fmt::Display for IsoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            Problem::Text { fault: Fault { position, expected }, shown } => write!(
                f,
                "unreadable datetime \"{shown}\": at byte {position}, expected {expected}; \
                 a readable one is 2011-11-04T00:05:23.123456+00:00"
            ),
            Problem::Year(year) => {
                write!(f, "the year {year} is outside 1 to 9999, which Python's datetime holds")
            }
            Problem::LeapSecond => f.write_str("a leap second, which Python's datetime cannot hold"),
            Problem::Offset(microseconds) => {
                write!(f, "a UTC offset of {microseconds} microseconds, which is not less than 24 hours")
            }
            Problem::OffsetFraction(microseconds) => write!(
                f,
                "a UTC offset of {microseconds} microseconds is not of whole seconds, as chrono's FixedOffset is; \
                 use `to_utc`, or `naive` with `utc_offset_microseconds`"
            ),
        }
    }
}

impl error::Error for IsoError {}
