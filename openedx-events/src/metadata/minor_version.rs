//! The range of minor versions: [`check`].

use std::error::Error;
use std::fmt;

use crate::chain::debug_like_display;

/// The largest integer that an attribute of a CloudEvent may have.
pub(crate) const MAX: u32 = i32::MAX.cast_unsigned();

/// Returns the minor version if a CloudEvent can have it.
pub(super) fn check(minorversion: u32) -> Result<u32, InvalidMinorVersion> {
    if minorversion <= MAX { Ok(minorversion) } else { Err(InvalidMinorVersion { minorversion }) }
}

/// A minor version is above 2,147,483,647, the largest integer of a CloudEvent.
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidMinorVersion {
    minorversion: u32,
}

impl fmt::Display for InvalidMinorVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the minor version {} is not a whole number from 0 to {MAX}", self.minorversion)
    }
}

debug_like_display!(InvalidMinorVersion);

impl Error for InvalidMinorVersion {}
