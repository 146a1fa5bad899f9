//! Entries that a group has looked at and not done: [`Record`], many of which are one row, a [`ClaimBatch`].
//!
//! A row for each entry would be cleaner, and cost more than all the rest: reading and acknowledging a hundred entries is
//! two small rows in this form, and two hundred in that.

use super::fault::Fault;
use super::log::MAX_ENTRIES;

/// An entry that was read, or passed over since another consumer had its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// Its number in the topic.
    pub(super) number: i64,
    /// The [hash](crate::bus::Message::key_hash) of its key; 0 for none.
    pub(super) key: u64,
    /// When its consumer last sent a heartbeat.
    pub(super) heartbeat: i64,
    /// The boot that `heartbeat` counts from.
    pub(super) boot: u32,
    /// The attempts that were counted.
    pub(super) attempts: u32,
    /// Its consumer has restarted, and gets the entry again.
    pub(super) is_left: bool,
    /// Its consumer has released it.
    pub(super) is_released: bool,
    /// It was handed out before, to a consumer that has not released it.
    pub(super) is_redelivered: bool,
}

/// 8 + 8 + 8 + 4 + 4 bytes, the low ones first, and 1 for the last three.
const LENGTH: usize = 33;

impl Record {
    fn write(&self, blob: &mut Vec<u8>) {
        blob.extend_from_slice(&self.number.to_le_bytes());
        blob.extend_from_slice(&self.key.to_le_bytes());
        blob.extend_from_slice(&self.heartbeat.to_le_bytes());
        blob.extend_from_slice(&self.boot.to_le_bytes());
        blob.extend_from_slice(&self.attempts.to_le_bytes());
        let [left, released, redelivered] =
            [self.is_left, self.is_released, self.is_redelivered].map(u8::from);
        blob.push(left | released << 1 | redelivered << 2);
    }

    fn read(bytes: &[u8; LENGTH]) -> Option<Self> {
        let mut bytes = bytes.as_slice();
        let record = Self {
            number: i64::from_le_bytes(take(&mut bytes)?),
            key: u64::from_le_bytes(take(&mut bytes)?),
            heartbeat: i64::from_le_bytes(take(&mut bytes)?),
            boot: u32::from_le_bytes(take(&mut bytes)?),
            attempts: u32::from_le_bytes(take(&mut bytes)?),
            is_left: bytes.first()? & 1 != 0,
            is_released: bytes.first()? & 2 != 0,
            is_redelivered: bytes.first()? & 4 != 0,
        };
        Some(record).filter(|record| (1..=MAX_ENTRIES).contains(&record.number))
    }
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*taken)
}

/// Entries of one consumer, or entries that were passed over.
#[derive(Debug)]
pub(super) struct ClaimBatch {
    /// Its row, if it has one already.
    pub(super) id: Option<i64>,
    /// Whose entries they are; `None` if they were passed over.
    pub(super) member: Option<i64>,
    pub(super) records: Vec<Record>,
    pub(super) is_changed: bool,
}

impl ClaimBatch {
    pub(super) fn new(member: Option<i64>) -> Self {
        Self { id: None, member, records: Vec::new(), is_changed: false }
    }

    pub(super) fn read(id: i64, member: Option<i64>, blob: &[u8]) -> Result<Self, Fault> {
        let (chunks, rest) = blob.as_chunks::<LENGTH>();
        let records = chunks.iter().map(Record::read).collect::<Option<_>>().filter(|_| rest.is_empty());
        let records = records.ok_or_else(|| Fault::damaged("a claim batch"))?;
        Ok(Self { id: Some(id), member, records, is_changed: false })
    }

    pub(super) fn blob(&self) -> Vec<u8> {
        let mut blob = Vec::with_capacity(self.records.len() * LENGTH);
        for record in &self.records {
            record.write(&mut blob);
        }
        blob
    }

    pub(super) fn push(&mut self, record: Record) {
        self.records.push(record);
        self.is_changed = true;
    }

    /// Removes what matches.
    pub(super) fn remove(&mut self, mut is_meant: impl FnMut(&Record) -> bool) {
        let before = self.records.len();
        self.records.retain(|record| !is_meant(record));
        self.is_changed |= self.records.len() < before;
    }

    /// Changes what matches; `change` returns whether it did.
    pub(super) fn change(&mut self, mut change: impl FnMut(&mut Record) -> bool) {
        for record in &mut self.records {
            self.is_changed |= change(record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_are_read_as_they_were_written() -> Result<(), Fault> {
        let mut batch = ClaimBatch::new(Some(7));
        for bits in 0..8_u32 {
            batch.push(Record {
                number: i64::from(bits) + 1,
                key: u64::MAX - u64::from(bits),
                heartbeat: -5,
                boot: bits,
                attempts: u32::MAX,
                is_left: bits & 1 != 0,
                is_released: bits & 2 != 0,
                is_redelivered: bits & 4 != 0,
            });
        }
        assert_eq!(ClaimBatch::read(1, Some(7), &batch.blob())?.records, batch.records);
        Ok(())
    }

    #[test]
    fn damaged_batches_are_refused() {
        let record = Record {
            number: 1,
            key: 0,
            heartbeat: 0,
            boot: 0,
            attempts: 0,
            is_left: false,
            is_released: false,
            is_redelivered: false,
        };
        for number in [0, -1, MAX_ENTRIES + 1, i64::MAX] {
            let batch = ClaimBatch { records: vec![Record { number, ..record }], ..ClaimBatch::new(None) };
            assert!(ClaimBatch::read(1, None, &batch.blob()).is_err(), "{number}");
        }
        let blob = ClaimBatch { records: vec![record], ..ClaimBatch::new(None) }.blob();
        assert!(ClaimBatch::read(1, None, &blob).is_ok());
        assert!(ClaimBatch::read(1, None, blob.get(1..).unwrap_or_default()).is_err());
    }
}
