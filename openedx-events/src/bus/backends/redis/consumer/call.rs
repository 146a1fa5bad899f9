//! One call of the reader: [`Call`].

use std::time::{Duration, Instant};

use super::stage::Stage;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::contract::Batch;

/// How far a call of `read` has come, and when it ends.
pub(super) struct Call<'a> {
    /// Entries to read, at most.
    pub(super) max: usize,
    /// Until when to wait for entries.
    pub(super) deadline: Instant,
    /// What is still to be acknowledged.
    pub(super) done: &'a [StreamId],
    /// Somebody has ended the waiting.
    pub(super) is_woken: bool,
    /// What it returns.
    pub(super) batch: Batch,
    groups_created: u32,
    connections_lost: u32,
}

/// How many times one call creates a lost group again. After that, somebody deletes it on purpose, and the caller gets the
/// error.
const MAX_GROUPS: u32 = 3;

/// How many times one call begins again because the connection was lost before it read. After that, it is not by chance, and
/// the caller pauses before the next call.
const MAX_LOST_CONNECTIONS: u32 = 3;

impl<'a> Call<'a> {
    pub(super) fn new(max: usize, deadline: Instant, done: &'a [StreamId], batch: Batch) -> Self {
        Self { max, deadline, done, is_woken: false, batch, groups_created: 0, connections_lost: 0 }
    }

    /// Whether something is to be reported that does not wait for entries.
    fn has_news(&self) -> bool {
        self.batch.missed > 0 || self.batch.is_group_new
    }

    /// How long the server may wait for entries before it replies, and until `due` at most, when there is upkeep to do.
    pub(super) fn wait(&self, stage: Stage, now: Instant, due: Instant) -> Duration {
        if stage != Stage::Following || self.has_news() || self.is_woken {
            return Duration::ZERO;
        }
        self.deadline.min(due).saturating_duration_since(now)
    }

    /// Whether the call returns after a reply to what was asked for in this stage. A page of pending entries that brought
    /// nothing does not end it: what is new comes behind them.
    pub(super) fn is_over(&self, asked: Stage, now: Instant) -> bool {
        let has_entries = !self.batch.deliveries.is_empty() || !self.batch.trimmed.is_empty();
        let is_at_end = asked == Stage::Following;
        has_entries || (is_at_end && (self.has_news() || self.is_woken || now >= self.deadline))
    }

    /// Whether the call may begin again on a new connection; counts the times.
    pub(super) fn may_begin_again(&mut self) -> bool {
        self.connections_lost += 1;
        self.connections_lost <= MAX_LOST_CONNECTIONS
    }

    /// Whether a lost group may be created again; counts the times.
    pub(super) fn may_create_group(&mut self) -> bool {
        self.groups_created += 1;
        self.groups_created <= MAX_GROUPS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::contract::{Delivery, EntryId};
    use crate::bus::message::Message;

    const SECOND: Duration = Duration::from_secs(1);

    fn call(now: Instant) -> Call<'static> {
        Call::new(10, now + 3 * SECOND, &[], Batch::default())
    }

    #[test]
    fn it_waits_for_new_entries_until_its_deadline_or_the_next_upkeep() {
        let now = Instant::now();
        let (call, due) = (call(now), now + 5 * SECOND);
        assert_eq!(call.wait(Stage::Following, now, due), 3 * SECOND);
        assert_eq!(call.wait(Stage::Following, now, now + SECOND), SECOND);
        assert_eq!(call.wait(Stage::Following, now + 9 * SECOND, due), Duration::ZERO);
        assert_eq!(call.wait(Stage::new(false), now, due), Duration::ZERO);
    }

    #[test]
    fn news_and_a_wake_do_not_wait() {
        let now = Instant::now();
        let wait = |call: &Call<'_>| call.wait(Stage::Following, now, now + SECOND);
        let ends = |change: fn(&mut Call<'_>)| {
            let mut call = call(now);
            assert!(!call.is_over(Stage::Following, now));
            change(&mut call);
            assert_eq!(wait(&call), Duration::ZERO);
            assert!(call.is_over(Stage::Following, now));
            assert!(!call.is_over(Stage::new(false), now), "there may be entries behind the pending ones");
        };
        ends(|call| call.is_woken = true);
        ends(|call| call.batch.missed = 1);
        ends(|call| call.batch.is_group_new = true);
    }

    #[test]
    fn entries_and_trimmed_ones_end_it_in_each_stage_and_the_deadline_at_the_end() {
        let now = Instant::now();
        let entry = EntryId::new("1-0");
        let (mut full, mut trimmed) = (call(now), call(now));
        let message = Message { headers: Vec::new(), payload: None };
        full.batch.deliveries.push(Delivery::new(entry.clone(), message));
        trimmed.batch.trimmed.push(entry);
        for stage in [Stage::new(false), Stage::Following] {
            assert!(full.is_over(stage, now) && trimmed.is_over(stage, now));
        }
        let late = now + 3 * SECOND;
        assert!(call(now).is_over(Stage::Following, late));
        assert!(!call(now).is_over(Stage::new(false), late));
    }

    #[test]
    fn a_server_that_closes_each_connection_is_not_connected_to_for_ever() {
        let mut call = call(Instant::now());
        let begins: Vec<_> = (0..4).map(|_| call.may_begin_again()).collect();
        assert_eq!(begins, [true, true, true, false]);
    }

    #[test]
    fn a_group_that_goes_away_again_and_again_is_not_created_for_ever() {
        let mut call = call(Instant::now());
        let created = (0..10).filter(|_| call.may_create_group()).count();
        assert_eq!(created, 3);
    }
}
