//! Maps by the [hashes of keys](crate::bus::Message::key_hash): [`KeyMap`] and [`KeySet`].

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

/// A map by the hash of a key.
pub(super) type KeyMap<T> = HashMap<u64, T, BuildHasherDefault<Unhashed>>;

/// Hashes of keys.
pub(super) type KeySet = HashSet<u64, BuildHasherDefault<Unhashed>>;

/// Takes what is a hash already as it is.
#[derive(Default)]
pub(super) struct Unhashed(u64);

impl Hasher for Unhashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}
