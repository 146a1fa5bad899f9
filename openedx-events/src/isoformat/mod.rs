//! Datetimes as text, as Python's `datetime.isoformat()` writes them and `datetime.fromisoformat()` reads them.
//!
//! Events carry their times as such text, so what one side writes the other has to read as the same time.
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
//! `YYYY-MM-DDTHH:MM:SS`, then `.ffffff` unless the microsecond is 0, then the offset unless the datetime is
//! naive: `+HH:MM`, longer by `:SS` and `.ffffff` only where these are not 0. UTC is `+00:00`, never `Z`.
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
//! The year has four digits (0001 to 9999), the weekday one (1 is Monday), every other number two. Without a
//! weekday the week's Monday is meant, without a clock midnight. Digits past the sixth of a fraction are cut.
//! This covers RFC 3339, but for what Python refuses too: a lower-case `z`, the year 0000 and the leap second `:60`.
//!
//! Whatever is read, CPython 3.11 and later read as the same value. CPython reads more, and this is refused:
//! its C code takes any character between date and time, a stray one before the offset, a NUL at the end,
//! `00:05.5` as half a second, and offsets such as `+05:30:60`. `24:00`, which 3.14 reads, is refused as well.
//!
//! One text can be written but not read back: that of an offset shorter than a second, such as
//! `+00:00:00.000001`. CPython reads it as UTC, which is another time; here it is an error.

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
