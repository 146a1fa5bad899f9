//! The ids of events.

use uuid::Uuid;

use crate::random;

/// A UUIDv7. `Uuid::now_v7` counts within a millisecond under a lock of the whole process, and reads the clock again;
/// this takes the time it is given and fills the rest from the thread's own generator.
#[inline]
pub(super) fn new_id(micros: i64) -> Uuid {
    // The milliseconds are the first 48 bits, the version the next 4, the variant the first 2 of the second half. In whole words, as
    // `uuid::Builder` goes byte by byte.
    let (high, low) = random::bits();
    let millis = u64::try_from(micros).unwrap_or_default() / 1000;
    Uuid::from_u64_pair(millis << 16 | 0x7000 | high & 0x0fff, low & (u64::MAX >> 2) | 1 << 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_builder() {
        for micros in [0, 1, 999, 1000, 1_795_132_800_123_456, (1 << 48) * 1000 - 1] {
            let id = new_id(micros);
            let [_, _, _, _, _, _, random @ ..] = id.into_bytes();
            let millis = u64::try_from(micros / 1000).expect("not negative");
            assert_eq!(id, uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid());
            assert_ne!(id, new_id(micros));
        }
        let millis = |id: Uuid| id.get_timestamp().map(|time| time.to_unix());
        assert_eq!(millis(new_id(-1)), millis(new_id(0)));
    }
}
