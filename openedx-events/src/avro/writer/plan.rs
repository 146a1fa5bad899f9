//! How a record of the writer is read as one of ours.

use std::collections::HashMap;

use super::default::default;
use crate::avro::schema::{RecordField, Tree};

/// Where each field goes.
pub(super) struct Plan {
    /// The place in our record of each of the writer's fields; `None` if we do not have it.
    places: Vec<Option<usize>>,
    /// The encoded default of each of our fields that the writer does not have.
    defaults: Vec<Option<Vec<u8>>>,
    /// Whether the writer has all our fields, in our order.
    is_same: bool,
}

impl Plan {
    /// Matches the fields by name.
    ///
    /// # Errors
    ///
    /// Returns the reason if the writer lacks a field without a default.
    pub(super) fn new(reader: &Tree, written: &[RecordField], read: &[RecordField]) -> Result<Self, String> {
        let ours: HashMap<&str, usize> =
            read.iter().enumerate().map(|(place, field)| (field.name.as_str(), place)).collect();
        let places: Vec<_> = written.iter().map(|field| ours.get(field.name.as_str()).copied()).collect();
        let mut is_written = vec![false; read.len()];
        for place in places.iter().flatten() {
            is_written[*place] = true;
        }
        let defaults = read.iter().zip(&is_written).map(|(field, is_written)| match is_written {
            true => Ok(None),
            false => default(reader, field).map(Some).ok_or_else(|| {
                format!("the writer does not have the field `{}`, and it has no default", field.name)
            }),
        });
        let defaults = defaults.collect::<Result<_, _>>()?;
        let is_same = places.iter().flatten().copied().eq(0..read.len());
        Ok(Self { places, defaults, is_same })
    }

    /// Returns the number of our fields.
    pub(super) fn len(&self) -> usize {
        self.defaults.len()
    }

    /// Returns the place in our record of each of the writer's fields; `None` if we do not have it.
    pub(super) fn places(&self) -> impl Iterator<Item = Option<usize>> {
        self.places.iter().copied()
    }

    /// Brings our fields into our order, and fills in the defaults. The fields begin at `start`; `ends` has for each that was
    /// written its place in our record and its end, from `start` on.
    pub(super) fn arrange(&self, out: &mut Vec<u8>, start: usize, ends: &[(usize, usize)]) {
        if self.is_same {
            return;
        }
        let written = out.split_off(start);
        let mut fields: Vec<&[u8]> =
            self.defaults.iter().map(|default| default.as_deref().unwrap_or_default()).collect();
        let mut begin = 0;
        for &(place, end) in ends {
            fields[place] = &written[begin..end];
            begin = end;
        }
        out.extend(fields.into_iter().flatten());
    }
}
