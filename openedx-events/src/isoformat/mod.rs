//! Datetimes in the text format of Python's `datetime.isoformat()` and `datetime.fromisoformat()`.
//!
//! Events carry their times in this format, so Rust and Python services have to read the same time from the same text.
//!
//! ```
//! use openedx_events::isoformat::{IsoDateTime, format_utc};
//!
//! let read: IsoDateTime = "2021-06-09T14:12:45.320819+05:30".parse()?;
//! assert_eq!(read.to_string(), "2021-06-09T14:12:45.320819+05:30");
//! assert_eq!(*format_utc(read.to_utc()?)?, *"2021-06-09T08:42:45.320819+00:00");
//! # Ok::<(), openedx_events::isoformat::IsoError>(())
//! ```
//!
//! # Writing
//!
//! `YYYY-MM-DDTHH:MM:SS`, then `.ffffff` unless the microsecond is 0, then the offset unless the datetime is naive:
//! `+HH:MM`, followed by `:SS` and `.ffffff` only if they are not 0. UTC is `+00:00`, never `Z`.
//!
//! # Reading
//!
//! ```text
//! datetime = date [ ( "T" / "t" / " " ) clock [ offset ] ]
//! date     = year "-" month "-" day / year month day
//!          / year "-" "W" week [ "-" weekday ] / year "W" week [ weekday ]
//! clock    = hour [ ":" minute [ ":" second [ fraction ] ] ]
//!          / hour [ minute [ second [ fraction ] ] ]
//! fraction = ( "." / "," ) 1*DIGIT
//! offset   = "Z" / ( "+" / "-" ) clock
//! ```
//!
//! The year has four digits (0001 to 9999), the weekday one (1 is Monday), every other number two. A week without a
//! weekday is its Monday, and a date without a clock is midnight. Fractions are truncated to six digits. This covers
//! RFC 3339, except for what Python refuses as well: a lower-case `z`, the year 0000 and the leap second `:60`.
//!
//! CPython 3.11 and later read each of these texts as the same value. CPython accepts more texts, which are errors here:
//! any character between date and time, an extra character before the offset, a NUL at the end, `00:05.5` for half a
//! second, and offsets such as `+05:30:60`. `24:00`, which CPython 3.14 accepts, is an error, too.
//!
//! One kind of text can be written but not read: an offset shorter than a second, such as `+00:00:00.000001`. CPython reads
//! it as UTC, which is a different time; here it is an error.

mod canonical;
mod datetime;
mod digits;
mod error;
mod grammar;
mod text;

pub use datetime::IsoDateTime;
pub use error::IsoError;
pub(crate) use text::LONGEST_TEXT;
pub use text::{IsoText, format_fixed, format_utc, push_fixed, push_utc};
