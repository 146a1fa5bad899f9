//! Reading the whole grammar of the parent module.

use std::ops::RangeInclusive;

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta, Weekday};

use super::{
    datetime::{IsoDateTime, MICROSECONDS_PER_SECOND},
    error::Fault,
};

/// One function per rule of the grammar. Runs in linear time.
struct Reader<'t> {
    text: &'t [u8],
    position: usize,
}

// Not inlined, to keep the reader of the canonical form small.
#[inline(never)]
pub(super) fn read(text: &[u8]) -> Result<IsoDateTime, Fault> {
    Reader { text, position: 0 }.datetime()
}

impl Reader<'_> {
    fn datetime(&mut self) -> Result<IsoDateTime, Fault> {
        let midnight = self.date()?.and_time(NaiveTime::MIN);
        if self.at_end() {
            return Ok(IsoDateTime::of_checked(midnight, None));
        }
        if !self.eat_any(b"Tt ") {
            return Err(self.fault("the end or `T` or a space after the date"));
        }
        // Stays within the day, so within the calendar.
        let naive = midnight + TimeDelta::microseconds(self.clock()?);
        Ok(IsoDateTime::of_checked(naive, self.offset()?))
    }

    fn date(&mut self) -> Result<NaiveDate, Fault> {
        let year = self.number(4, 1..=9999, "the year as four digits from 0001 to 9999")?.cast_signed();
        let dashes = self.eat(b'-');
        if self.eat(b'W') { self.day_of_week(year, dashes) } else { self.day_of_month(year, dashes) }
    }

    fn day_of_month(&mut self, year: i32, dashes: bool) -> Result<NaiveDate, Fault> {
        let month = self.number(2, 1..=12, "the month as two digits from 01 to 12, or `W` and a week")?;
        if dashes && !self.eat(b'-') {
            return Err(self.fault("`-` after the month, as before it"));
        }
        let position = self.position;
        let expected = "the day as two digits from 01 to the last of the month";
        let day = self.number(2, 1..=31, expected)?;
        NaiveDate::from_ymd_opt(year, month, day).ok_or(Fault { position, expected })
    }

    fn day_of_week(&mut self, year: i32, dashes: bool) -> Result<NaiveDate, Fault> {
        let position = self.position;
        let expected = "the week as two digits from 01 to the last of the year";
        let week = self.number(2, 1..=53, expected)?;
        let monday =
            NaiveDate::from_isoywd_opt(year, week, Weekday::Mon).ok_or(Fault { position, expected })?;

        if !self.another_follows(dashes, b'-') {
            return Ok(monday);
        }
        let position = self.position;
        let day = self.number(1, 1..=7, "the day of the week as one digit from 1 to 7")?;
        monday
            .checked_add_days(Days::new(u64::from(day - 1)))
            // The last week of 9999 runs into the year 10000.
            .filter(|date| date.year() <= 9999)
            .ok_or(Fault { position, expected: "a day of the year 9999 at most" })
    }

    /// The microseconds of a time of day, or of an offset, which has the same syntax.
    fn clock(&mut self) -> Result<i64, Fault> {
        let hour = self.number(2, 0..=23, "the hour as two digits from 00 to 23")?;
        let colons = self.eat(b':');
        let (mut minute, mut second, mut microsecond) = (0, 0, 0);
        if colons || self.digit_follows() {
            minute = self.number(2, 0..=59, "the minute as two digits from 00 to 59")?;
            if self.another_follows(colons, b':') {
                second = self.number(2, 0..=59, "the second as two digits from 00 to 59")?;
                microsecond = self.fraction()?;
            }
        }
        let seconds = i64::from(hour * 3600 + minute * 60 + second);
        Ok(seconds * MICROSECONDS_PER_SECOND + i64::from(microsecond))
    }

    /// A fraction of a second in microseconds; 0 if none follows.
    fn fraction(&mut self) -> Result<u32, Fault> {
        if !self.eat_any(b".,") {
            return Ok(0);
        }
        let mut value = self.number(1, 0..=9, "a digit after the decimal mark")?;
        for _ in 1..6 {
            value = value * 10 + self.digit().unwrap_or(0);
        }
        while self.digit().is_some() {}
        Ok(value)
    }

    /// The offset in microseconds; `None` at the end of the text.
    fn offset(&mut self) -> Result<Option<i64>, Fault> {
        if self.at_end() {
            return Ok(None);
        }
        let position = self.position;
        let offset = if self.eat(b'Z') {
            0
        } else if self.eat(b'+') {
            self.clock()?
        } else if self.eat(b'-') {
            -self.clock()?
        } else {
            return Err(self.fault("the end or an offset such as `Z` or `+05:30`"));
        };
        if !self.at_end() {
            return Err(self.fault("the end after the offset"));
        }
        if offset != 0 && offset.abs() < MICROSECONDS_PER_SECOND {
            // CPython reads it as UTC.
            return Err(Fault { position, expected: "an offset of zero or of at least one second" });
        }
        Ok(Some(offset))
    }

    /// Whether another number of this date or clock follows: after a separator, which is consumed, if they are separated,
    /// otherwise as a digit.
    fn another_follows(&mut self, separated: bool, separator: u8) -> bool {
        if separated { self.eat(separator) } else { self.digit_follows() }
    }

    /// A number with this many digits, in this range. A fault has the position of the first digit.
    fn number(
        &mut self,
        digits: usize,
        range: RangeInclusive<u32>,
        expected: &'static str,
    ) -> Result<u32, Fault> {
        let fault = self.fault(expected);
        let mut value = 0;
        for _ in 0..digits {
            value = value * 10 + self.digit().ok_or(fault)?;
        }
        if range.contains(&value) { Ok(value) } else { Err(fault) }
    }

    fn digit(&mut self) -> Option<u32> {
        let digit = self.next().filter(u8::is_ascii_digit)?;
        self.position += 1;
        Some(u32::from(digit - b'0'))
    }

    fn digit_follows(&self) -> bool {
        self.next().is_some_and(|byte| byte.is_ascii_digit())
    }

    fn eat(&mut self, wanted: u8) -> bool {
        self.eat_any(&[wanted])
    }

    fn eat_any(&mut self, wanted: &[u8]) -> bool {
        let found = self.next().is_some_and(|byte| wanted.contains(&byte));
        self.position += usize::from(found);
        found
    }

    fn next(&self) -> Option<u8> {
        self.text.get(self.position).copied()
    }

    fn at_end(&self) -> bool {
        self.position == self.text.len()
    }

    fn fault(&self, expected: &'static str) -> Fault {
        Fault { position: self.position, expected }
    }
}
