//! Errors of datetimes: [`IsoError`].

use std::{error, fmt};

use crate::chain::debug_like_display;

/// Maximum length of an invalid text in a message: enough for any datetime.
const SHOWN_CHARS: usize = 64;

/// A text is not a datetime, or a datetime cannot be written or converted.
///
/// `Debug` prints the same text as `Display`.
///
/// # Examples
///
/// ```
/// use openedx_events::isoformat::IsoDateTime;
///
/// let error = "2011-11-04T24:00".parse::<IsoDateTime>().unwrap_err();
/// assert_eq!(error.position(), Some(11));
/// assert_eq!(
///     error.to_string(),
///     "invalid datetime \"2011-11-04T24:00\": at byte 11, expected the hour as two digits from 00 to 23; \
///      an example is 2011-11-04T00:05:23.123456+00:00",
/// );
/// ```
// Boxed, to keep the results of the fast paths small.
#[derive(Clone, PartialEq, Eq)]
pub struct IsoError(Box<Problem>);

#[derive(Clone, PartialEq, Eq)]
enum Problem {
    Text { fault: Fault, shown: String },
    Year(i32),
    LeapSecond,
    Offset(i64),
    OffsetFraction(i64),
}

/// Where a text deviates from the grammar.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Fault {
    /// Byte offset into the text.
    pub(super) position: usize,
    /// What the grammar expects there.
    pub(super) expected: &'static str,
}

impl IsoError {
    /// The byte offset of the first invalid number or sign in the text. `None` if the error is not about a text.
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
                "invalid datetime \"{shown}\": at byte {position}, expected {expected}; \
                 an example is 2011-11-04T00:05:23.123456+00:00"
            ),
            Problem::Year(year) => {
                write!(f, "the year {year} is outside of 1 to 9999, the range of Python's datetime")
            }
            Problem::LeapSecond => f.write_str("Python's datetime cannot represent a leap second"),
            Problem::Offset(microseconds) => {
                write!(f, "the UTC offset of {microseconds} microseconds is not less than 24 hours")
            }
            Problem::OffsetFraction(microseconds) => write!(
                f,
                "chrono's FixedOffset cannot represent the UTC offset of {microseconds} microseconds, which is not in whole \
                 seconds; use `to_utc`, or `naive` with `utc_offset_microseconds`"
            ),
        }
    }
}

debug_like_display!(IsoError);

impl error::Error for IsoError {}
