//! Numbers of two digits. The year is written as two such numbers.

/// Both digits of the numbers below 100.
const PAIRS: [[u8; 2]; 100] = pairs();
/// What each digit in the lanes has in addition to its value.
const ZEROS: u64 = in_lanes(u16::from_le_bytes(*b"00"));

/// Writes a number below 100.
#[inline]
pub(super) fn write<const N: usize>(bytes: &mut [u8; N], at: usize, number: u32) {
    bytes[at..at + 2].copy_from_slice(&PAIRS[number as usize]);
}

/// The values of four pairs of digits. `None` if a byte is not a digit.
///
/// A word has a lane of 16 bits for each pair, so that each step handles all of them.
// Otherwise the compiler does not inline it, and reading a datetime takes 10% longer.
#[expect(clippy::inline_always, reason = "measured")]
#[inline(always)]
pub(super) fn read(pairs: [[u8; 2]; 4]) -> Option<[u32; 4]> {
    let [a, b, c, d] = pairs.map(|pair| u64::from(u16::from_le_bytes(pair)));
    let values = (a | b << 16 | c << 32 | d << 48) ^ ZEROS;
    // The upper half of a digit's byte is 0, and stays 0 when 6 is added. A byte whose sum carries into the next one
    // has a non-zero upper half.
    if (values | values.wrapping_add(in_lanes(0x0606))) & in_lanes(0xf0f0) != 0 {
        return None;
    }
    // The tens come first, so they are the low bytes.
    let numbers = (values & in_lanes(0xff)) * 10 + ((values >> 8) & in_lanes(0xff));
    let [a, _, b, _, c, _, d, _] = numbers.to_le_bytes();
    Some([a, b, c, d].map(u32::from))
}

const fn in_lanes(lane: u16) -> u64 {
    lane as u64 * 0x0001_0001_0001_0001
}

const fn pairs() -> [[u8; 2]; 100] {
    let mut pairs = [*b"00"; 100];
    let mut number = 1;
    while number < pairs.len() {
        let [tens, units] = pairs[number - 1];
        pairs[number] = if units == b'9' { [tens + 1, b'0'] } else { [tens, units + 1] };
        number += 1;
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::{read, write};

    #[test]
    fn every_pair_of_bytes_in_every_lane() {
        for pair in (0..=u16::MAX).map(u16::to_le_bytes) {
            let number = number_of(pair);
            for lane in 0..4 {
                let mut pairs = [*b"90"; 4];
                pairs[lane] = pair;
                assert_eq!(read(pairs).map(|numbers| numbers[lane]), number, "{pair:?} in {lane}");
            }
        }
    }

    #[test]
    fn every_number() {
        for number in 0..100 {
            let mut bytes = *b"----";
            write(&mut bytes, 1, number);
            assert_eq!(bytes, format!("-{number:02}-").as_bytes());
        }
    }

    fn number_of([tens, units]: [u8; 2]) -> Option<u32> {
        Some(char::from(tens).to_digit(10)? * 10 + char::from(units).to_digit(10)?)
    }
}
