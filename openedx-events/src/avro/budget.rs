//! The memory that lists and maps may take while they are decoded.
//!
//! Most items take little more memory than bytes, and the number of bytes bounds what they take. A large record that is
//! optional takes one byte if it is missing, and all its memory. What such items take is counted over the whole input.

use super::decoder::Decoder;
use super::error::DecodeError;

/// Bytes of memory for each byte of input.
const PER_BYTE: usize = 64;

/// Bytes of memory that any input may take beyond [`PER_BYTE`], so that a short list of missing records is no error.
const ANYWAY: usize = 16 << 20;

/// Memory is counted in units of what a byte pays for.
pub(super) const UNIT: usize = PER_BYTE;

/// Returns the bytes of memory that counted items may take in an input of this length.
pub(super) const fn allowed(len: usize) -> usize {
    len.saturating_mul(PER_BYTE).saturating_add(ANYWAY)
}

/// Whether items of this size take so little that they need not be counted: a list has at most twice the memory of its
/// items, see [`reserve`].
const fn is_light(size: usize, min_len: usize) -> bool {
    2 * size <= PER_BYTE * min_len
}

/// Whether the shortest list may have room for the four items that a `Vec` begins with. It has an item, its count and its end.
const fn may_begin_with_four(size: usize, min_len: usize) -> bool {
    4 * size <= PER_BYTE * (min_len + 2)
}

/// Makes room for `count` items, each at least `min_len` bytes long, which the list does not have yet. `before`
/// marks the position of the block.
///
/// The first block of a list is usually its only one, and gets the memory that it needs. A list of more blocks doubles, but
/// never to more than the unread bytes can fill.
///
/// # Errors
///
/// Returns an error if the items take more memory than the input may take.
#[inline]
pub(super) fn reserve<T>(
    items: &mut Vec<T>,
    count: usize,
    min_len: usize,
    before: &[u8],
    input: &mut Decoder<'_>,
) -> Result<(), DecodeError> {
    let is_light = is_light(size_of::<T>(), min_len);
    let more = match items.capacity() {
        0 if is_light && may_begin_with_four(size_of::<T>(), min_len) => {
            *items = Vec::with_capacity(count.max(4));
            return Ok(());
        }
        0 => count,
        capacity => count.max(capacity.min(input.rest().len() / min_len)),
    };
    if !is_light {
        input.take_memory(before, size_of::<T>().saturating_mul(items.len() + more))?;
    }
    items.reserve_exact(more);
    Ok(())
}

/// What the nodes of a `BTreeMap` take that gets this many more entries: each has room for eleven and holds five or more,
/// and its links.
pub(super) const fn tree_memory<T>(count: usize) -> usize {
    let node = 11 * size_of::<(String, T)>() + 128;
    node.saturating_mul(count.div_ceil(5))
}

/// What the new table of a `HashMap` takes that grows to `len` entries: a power of two of places, of which an eighth stays
/// free, a byte for each, and the last ones once more.
pub(super) const fn table_memory<T>(capacity: usize, len: usize) -> usize {
    let len = if len > capacity { len } else { capacity + 1 };
    let places = if len < 4 { 4 } else { (len + len / 7 + 1).next_power_of_two() };
    (size_of::<(String, T)>() + 1).saturating_mul(places).saturating_add(32)
}
