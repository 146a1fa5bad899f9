//! Fingerprints of schemas.

use std::fmt;

use crate::chain::debug_like_display;

/// The CRC-64-AVRO fingerprint of a schema's Parsing Canonical Form, as defined by the Avro specification. Schemas that
/// read the same bytes as the same names and types have equal fingerprints.
///
/// Displayed as 16 hex digits in big-endian order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint(u64);

impl Fingerprint {
    /// Computes the fingerprint of a Parsing Canonical Form.
    pub(crate) fn of(canonical: &str) -> Self {
        let mut crc = EMPTY;
        for byte in canonical.bytes() {
            let [low, ..] = crc.to_le_bytes();
            crc = (crc >> 8) ^ TABLE[usize::from(low ^ byte)];
        }
        Self(crc)
    }

    /// Returns the fingerprint as a number.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl From<u64> for Fingerprint {
    fn from(number: u64) -> Self {
        Self(number)
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Parses sixteen hex digits, as [`Display`](fmt::Display) writes them.
impl std::str::FromStr for Fingerprint {
    type Err = InvalidFingerprint;

    fn from_str(text: &str) -> Result<Self, InvalidFingerprint> {
        if text.len() != 16 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(InvalidFingerprint(()));
        }
        u64::from_str_radix(text, 16).map(Self).map_err(|_| InvalidFingerprint(()))
    }
}

/// The error returned when a text is not a [`Fingerprint`].
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidFingerprint(());

impl fmt::Display for InvalidFingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a fingerprint of a schema has 16 hex digits")
    }
}

debug_like_display!(InvalidFingerprint);

impl std::error::Error for InvalidFingerprint {}

/// The fingerprint of the empty text, and the polynomial.
const EMPTY: u64 = 0xc15d_213a_a4d7_a795;

const TABLE: [u64; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < table.len() {
        let mut crc = index as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = (crc >> 1) ^ (EMPTY & (crc & 1).wrapping_neg());
            bit += 1;
        }
        table[index] = crc;
        index += 1;
    }
    table
};
