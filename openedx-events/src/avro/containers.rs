//! The Avro form of field types that hold other field types.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use super::AvroField;
use super::budget;
use super::decoder::Decoder;
use super::encoder::{Encoder, text_len};
use super::error::{DecodeError, EncodeError};
use crate::data::{FieldType, Map};

/// Maximum length of a block's item count and the end marker. Short lists need less.
const COUNTS_LEN: usize = 11;

impl<T: AvroField> AvroField for Option<T> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn nests() -> bool {
        T::nests()
    }

    #[inline]
    fn len_hint(&self) -> usize {
        1 + self.as_ref().map_or(0, T::len_hint)
    }

    #[inline]
    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        match self {
            None => {
                out.write_long(0);
                Ok(())
            }
            Some(value) => {
                out.write_long(1);
                value.encode(out)
            }
        }
    }

    #[inline]
    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let is_missing =
            !input.read_branch()? || const { has_no_empty_text(T::TYPE) } && input.skip_empty_text();
        if is_missing { Ok(None) } else { T::decode(input).map(Some) }
    }
}

/// Whether the type is written as a text and has no value whose text is empty. Python reads an empty text in an optional field of
/// such a type as a missing value.
const fn has_no_empty_text(field_type: FieldType) -> bool {
    match field_type {
        FieldType::Uuid | FieldType::DateTime | FieldType::Key(_) => true,
        FieldType::Enum(names) => {
            let mut variants = names.variants;
            while let [first, rest @ ..] = variants {
                if first.is_empty() {
                    return false;
                }
                variants = rest;
            }
            true
        }
        _ => false,
    }
}

impl<T: AvroField> AvroField for Vec<T> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn len_hint(&self) -> usize {
        COUNTS_LEN + self.iter().map(T::len_hint).sum::<usize>()
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        if !self.is_empty() {
            out.write_len(self.len());
            for value in self {
                value.encode(out)?;
            }
        }
        out.write_long(0);
        Ok(())
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let mut values = Self::new();
        loop {
            let before = input.rest();
            let count = input.read_count(min_len::<T>())?;
            if count == 0 {
                return Ok(values);
            }
            if values.capacity() - values.len() < count {
                budget::reserve(&mut values, count, const { min_len::<T>() }, before, input)?;
            }
            for _ in 0..count {
                values.push(T::decode(input)?);
            }
        }
    }
}

/// Minimum encoded length of an item. The number of items in any data is bounded by it.
const fn min_len<T: AvroField>() -> usize {
    const { assert!(T::MIN_LEN > 0, "`AvroField::MIN_LEN` is at least 1") };
    T::MIN_LEN
}

/// Minimum encoded length of a map entry: an empty key and the value.
const fn entry_len<T: AvroField>() -> usize {
    1 + min_len::<T>()
}

/// Entries are stored contiguously: a small map, as most in events are, takes little memory.
impl<T: AvroField> AvroField for Map<String, T> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn len_hint(&self) -> usize {
        entries_len(self.iter())
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_entries(self.len(), self.iter(), out)
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let mut entries: Vec<(String, T)> = Vec::new();
        loop {
            let before = input.rest();
            let count = input.read_count(entry_len::<T>())?;
            if count == 0 {
                return Ok(Self::from_sorted(in_key_order(entries)));
            }
            if entries.capacity() - entries.len() < count {
                budget::reserve(&mut entries, count, const { entry_len::<T>() }, before, input)?;
            }
            for _ in 0..count {
                entries.push((String::decode(input)?, T::decode(input)?));
            }
        }
    }
}

/// Sorts the entries by key and keeps the last one of each key. Our writers and upstream's sort them already.
fn in_key_order<T>(mut entries: Vec<(String, T)>) -> Vec<(String, T)> {
    if !entries.is_sorted_by(|(one, _), (next, _)| one < next) {
        // The sort is stable; `dedup` keeps the first of a run.
        entries.reverse();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        entries.dedup_by(|(one, _), (before, _)| one == before);
    }
    entries
}

impl<T: AvroField> AvroField for BTreeMap<String, T> {
    const MIN_LEN: usize = 1;

    #[inline]
    fn len_hint(&self) -> usize {
        entries_len(self.iter())
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        encode_entries(self.len(), self.iter(), out)
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let mut entries = Self::new();
        loop {
            let before = input.rest();
            let count = input.read_count(entry_len::<T>())?;
            if count == 0 {
                return Ok(entries);
            }
            input.take_memory(before, budget::tree_memory::<T>(count))?;
            for _ in 0..count {
                entries.insert(String::decode(input)?, T::decode(input)?);
            }
        }
    }
}

/// Also written in key order, so that equal maps have equal bytes.
impl<T, H> AvroField for HashMap<String, T, H>
where
    T: AvroField,
    H: BuildHasher + Default + Send + Sync + 'static,
{
    const MIN_LEN: usize = 1;

    #[inline]
    fn len_hint(&self) -> usize {
        entries_len(self.iter())
    }

    fn encode(&self, out: &mut Encoder<'_>) -> Result<(), EncodeError> {
        let mut sorted: Vec<_> = self.iter().collect();
        sorted.sort_unstable_by_key(|(key, _)| *key);
        encode_entries(sorted.len(), sorted.into_iter(), out)
    }

    fn decode(input: &mut Decoder<'_>) -> Result<Self, DecodeError> {
        let mut entries = Self::default();
        loop {
            let before = input.rest();
            let count = input.read_count(entry_len::<T>())?;
            if count == 0 {
                return Ok(entries);
            }
            if entries.capacity() - entries.len() < count {
                input.take_memory(
                    before,
                    budget::table_memory::<T>(entries.capacity(), entries.len() + count),
                )?;
                entries.reserve(count);
            }
            for _ in 0..count {
                entries.insert(String::decode(input)?, T::decode(input)?);
            }
        }
    }
}

#[inline]
fn entries_len<'a, T: AvroField>(entries: impl Iterator<Item = (&'a String, &'a T)>) -> usize {
    COUNTS_LEN + entries.map(|(key, value)| text_len(key.len()) + value.len_hint()).sum::<usize>()
}

fn encode_entries<'a, T: AvroField>(
    len: usize,
    entries: impl Iterator<Item = (&'a String, &'a T)>,
    out: &mut Encoder<'_>,
) -> Result<(), EncodeError> {
    if len > 0 {
        out.write_len(len);
        for (key, value) in entries {
            out.write_str(key);
            value.encode(out)?;
        }
    }
    out.write_long(0);
    Ok(())
}
