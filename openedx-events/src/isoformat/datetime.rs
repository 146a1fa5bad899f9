//! A datetime as Python has it: [`IsoDateTime`].

use std::{fmt, str::FromStr};

use chrono::{DateTime, Datelike, FixedOffset, NaiveDateTime, TimeDelta, Timelike, Utc};

use super::{
    canonical,
    error::IsoError,
    grammar,
    text::{self, IsoText},
};

pub(super) const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
const MICROSECONDS_PER_DAY: i64 = 24 * 60 * 60 * MICROSECONDS_PER_SECOND;
const NANOSECONDS_PER_SECOND: u32 = 1_000_000_000;

/// A Python `datetime`: a date, a time of day with microseconds, and a UTC offset unless it is naive.
///
/// Two values are equal if their texts are equal: `14:00+02:00` and `12:00+00:00` are the same instant, but different
/// values. To compare instants, compare the results of [`to_utc`](Self::to_utc).
///
/// # Examples
///
/// ```
/// use openedx_events::isoformat::IsoDateTime;
///
/// let datetime: IsoDateTime = "20111104T000523Z".parse()?;
/// assert_eq!(datetime.utc_offset_microseconds(), Some(0));
/// assert_eq!(datetime.to_string(), "2011-11-04T00:05:23+00:00");
/// # Ok::<(), openedx_events::isoformat::IsoError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct IsoDateTime {
    // Year 1 to 9999, whole microseconds, no leap second.
    naive: NaiveDateTime,
    // Less than a day either way.
    utc_offset_microseconds: Option<i64>,
}

impl IsoDateTime {
    /// Creates a datetime from its local date and time (not in UTC) and its UTC offset.
    ///
    /// Nanoseconds are truncated to microseconds.
    ///
    /// # Errors
    ///
    /// Fails for a year outside of 1 to 9999, a leap second, and an offset of 24 hours or more.
    ///
    /// # Examples
    ///
    /// ```
    /// use chrono::NaiveDate;
    /// use openedx_events::isoformat::IsoDateTime;
    ///
    /// let noon = NaiveDate::from_ymd_opt(1890, 1, 1).unwrap().and_hms_opt(12, 0, 0).unwrap();
    /// assert_eq!(IsoDateTime::new(noon, None)?.to_string(), "1890-01-01T12:00:00");
    /// assert_eq!(IsoDateTime::new(noon, Some(-17_762_000_000))?.to_string(), "1890-01-01T12:00:00-04:56:02");
    /// # Ok::<(), openedx_events::isoformat::IsoError>(())
    /// ```
    pub fn new(naive: NaiveDateTime, utc_offset_microseconds: Option<i64>) -> Result<Self, IsoError> {
        check(naive)?;
        if let Some(offset) = utc_offset_microseconds
            && !(1 - MICROSECONDS_PER_DAY..MICROSECONDS_PER_DAY).contains(&offset)
        {
            return Err(IsoError::offset(offset));
        }
        Ok(Self::of_checked(cut(naive), utc_offset_microseconds))
    }

    /// The parts must be within the limits of the fields.
    pub(super) fn of_checked(naive: NaiveDateTime, utc_offset_microseconds: Option<i64>) -> Self {
        Self { naive, utc_offset_microseconds }
    }

    /// The local date and time, without the offset.
    pub fn naive(self) -> NaiveDateTime {
        self.naive
    }

    /// The UTC offset in microseconds, positive east of Greenwich. `None` for a naive datetime.
    pub fn utc_offset_microseconds(self) -> Option<i64> {
        self.utc_offset_microseconds
    }

    /// The text of Python's `isoformat`. Does not allocate.
    pub fn isoformat(self) -> IsoText {
        text::text_of(self.naive, self.utc_offset_microseconds)
    }

    /// Converts to UTC. **A naive datetime is interpreted as UTC.**
    ///
    /// # Errors
    ///
    /// Returns an error if the offset moves the instant out of the years 1 to 9999, as Python's `astimezone` does. The result can
    /// therefore always be written.
    ///
    /// # Examples
    ///
    /// ```
    /// use openedx_events::isoformat::IsoDateTime;
    ///
    /// let instant = |text: &str| text.parse::<IsoDateTime>()?.to_utc();
    /// assert_eq!(instant("2011-11-04T05:30:00+05:30")?, instant("2011-11-04T00:00:00")?);
    /// assert!(instant("0001-01-01T00:00:00+05:00").is_err());
    /// # Ok::<(), openedx_events::isoformat::IsoError>(())
    /// ```
    pub fn to_utc(self) -> Result<DateTime<Utc>, IsoError> {
        let offset = match self.utc_offset_microseconds {
            None | Some(0) => return Ok(self.naive.and_utc()),
            Some(offset) => TimeDelta::microseconds(offset),
        };
        let utc = self.naive.checked_sub_signed(offset).ok_or_else(|| IsoError::year(self.naive.year()))?;
        check(utc)?;
        Ok(utc.and_utc())
    }

    /// Converts to an instant with an offset. **A naive datetime is interpreted as UTC.**
    ///
    /// In UTC the result may be outside of the years 1 to 9999. [`format_fixed`](super::format_fixed) can still write it.
    ///
    /// # Errors
    ///
    /// Returns an error if the offset has a fraction of a second, which chrono's `FixedOffset` cannot represent.
    ///
    /// # Examples
    ///
    /// ```
    /// use openedx_events::isoformat::{IsoDateTime, format_fixed};
    ///
    /// let datetime = "0001-01-01T00:00:00+05:00".parse::<IsoDateTime>()?.to_fixed_offset()?;
    /// assert_eq!(*format_fixed(datetime)?, *"0001-01-01T00:00:00+05:00");
    /// # Ok::<(), openedx_events::isoformat::IsoError>(())
    /// ```
    pub fn to_fixed_offset(self) -> Result<DateTime<FixedOffset>, IsoError> {
        let offset = fixed_offset(self.utc_offset_microseconds.unwrap_or(0))?;
        let utc = self.naive.checked_sub_offset(offset).ok_or_else(|| IsoError::year(self.naive.year()))?;
        Ok(DateTime::from_naive_utc_and_offset(utc, offset))
    }
}

impl FromStr for IsoDateTime {
    type Err = IsoError;

    /// Parses a text with the grammar of the [module](super).
    fn from_str(text: &str) -> Result<Self, IsoError> {
        match canonical::read(text.as_bytes()) {
            Some(datetime) => Ok(datetime),
            None => grammar::read(text.as_bytes()).map_err(|fault| IsoError::text(text, fault)),
        }
    }
}

/// The text of Python's `isoformat`.
impl fmt::Display for IsoDateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.isoformat())
    }
}

/// Fails like [`IsoDateTime::new`].
impl TryFrom<DateTime<Utc>> for IsoDateTime {
    type Error = IsoError;

    fn try_from(datetime: DateTime<Utc>) -> Result<Self, IsoError> {
        Self::new(datetime.naive_utc(), Some(0))
    }
}

/// Fails like [`IsoDateTime::new`], for the year at the offset.
impl TryFrom<DateTime<FixedOffset>> for IsoDateTime {
    type Error = IsoError;

    fn try_from(datetime: DateTime<FixedOffset>) -> Result<Self, IsoError> {
        let (naive, offset) = local(datetime)?;
        Self::new(naive, Some(offset))
    }
}

/// Fails for values that Python's datetime cannot represent.
#[inline]
pub(super) fn check(naive: NaiveDateTime) -> Result<(), IsoError> {
    if !(1..=9999).contains(&naive.year()) {
        return Err(IsoError::year(naive.year()));
    }
    // chrono's representation of a leap second.
    if naive.nanosecond() >= NANOSECONDS_PER_SECOND {
        return Err(IsoError::leap_second());
    }
    Ok(())
}

/// The date and time of day at the offset, and the offset in microseconds.
// `DateTime::naive_local` would panic where chrono's own calendar ends.
#[inline]
pub(super) fn local(datetime: DateTime<FixedOffset>) -> Result<(NaiveDateTime, i64), IsoError> {
    let utc = datetime.naive_utc();
    if datetime.offset().local_minus_utc() == 0 {
        return Ok((utc, 0));
    }
    let naive = utc.checked_add_offset(*datetime.offset()).ok_or_else(|| IsoError::year(utc.year()))?;
    Ok((naive, i64::from(datetime.offset().local_minus_utc()) * MICROSECONDS_PER_SECOND))
}

fn cut(naive: NaiveDateTime) -> NaiveDateTime {
    let nanosecond = naive.nanosecond();
    // Never `None`: the value only gets smaller.
    naive.with_nanosecond(nanosecond - nanosecond % 1000).unwrap_or(naive)
}

fn fixed_offset(microseconds: i64) -> Result<FixedOffset, IsoError> {
    if microseconds % MICROSECONDS_PER_SECOND != 0 {
        return Err(IsoError::offset_fraction(microseconds));
    }
    i32::try_from(microseconds / MICROSECONDS_PER_SECOND)
        .ok()
        .and_then(FixedOffset::east_opt)
        .ok_or_else(|| IsoError::offset(microseconds))
}
