//! Filling the window: [`read`].

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::running::{Shared, guard};
use super::window::{End, Limits, Phase};
use crate::bus::contract::Batch;
use crate::bus::contract::error::BusError;
use crate::bus::retry::backoff::Backoff;

/// How long a read waits for entries. It is woken when the consumer stops.
const WAIT: Duration = Duration::from_secs(5);

/// Reads until the consumer stops, and takes over what others have left. Both on one thread: what one of two has got and not
/// put in the window yet must not be overtaken by what the other gets, or the order of keys is lost.
pub(super) fn read(shared: &Arc<Shared>) {
    let settings = &shared.settings;
    let limits = Limits {
        entries: settings.max_in_flight,
        bytes: settings.max_in_flight_bytes,
        batch: settings.batch,
        probe: settings.retry.max_backoff,
    };
    let mut outage: Option<Outage> = None;
    let mut sweep = Instant::now() + settings.heartbeat;
    loop {
        if Instant::now() >= sweep {
            take_over(shared);
            sweep = Instant::now() + settings.heartbeat;
        }
        let Some((max, done)) = shared.window.wait_for_room(limits) else { return };
        let is_done_sent = !done.is_empty();
        let wait = WAIT.min(sweep.saturating_duration_since(Instant::now()));
        let read = shared.consumer.read(max, wait, &done);
        shared.window.state().is_reading = false;
        match read {
            Ok(batch) => {
                if let Some(outage) = outage.take() {
                    outage.end(shared);
                }
                take_in(shared, batch);
            }
            Err(error) => {
                if is_done_sent {
                    shared.window.not_acknowledged(done);
                }
                if !go_on(shared, &mut outage, error) {
                    return;
                }
            }
        }
    }
}

/// Takes over what others have left idle, as far as there is room.
fn take_over(shared: &Shared) {
    let state = shared.window.state();
    let room = if state.phase == Phase::Running { state.room(shared.settings.max_in_flight) } else { 0 };
    drop(state);
    if room == 0 {
        return;
    }
    match shared.consumer.claim(room.min(shared.settings.batch)) {
        Ok(batch) => {
            shared.counts.taken_over.add(batch.deliveries.len() as u64);
            take_in(shared, batch);
        }
        Err(error) => {
            tracing::warn!(topic = %shared.subscription.topic, %error, "could not look for entries that others have left");
        }
    }
}

/// Takes in what was read, by whichever way.
fn take_in(shared: &Shared, batch: Batch) {
    let (counts, subscription) = (&shared.counts, &shared.subscription);
    if batch.is_group_new {
        counts.lost_groups.add(1);
        tracing::error!(topic = %subscription.topic, group = subscription.group, "the group was gone; it is made again at the first entry, so that events come again rather than not at all");
    }
    let trimmed = batch.missed + batch.trimmed.len() as u64;
    if trimmed > 0 {
        counts.trimmed.add(trimmed);
        tracing::error!(topic = %subscription.topic, group = subscription.group, entries = trimmed, "entries were trimmed before they were done: they are lost");
    }
    let mut deliveries = batch.deliveries;
    if deliveries.iter().any(|delivery| delivery.is_redelivered) {
        // What is in hand comes again when a connection was lost.
        let state = shared.window.state();
        deliveries.retain(|delivery| !(delivery.is_redelivered && state.has(&delivery.entry)));
    }
    if !deliveries.is_empty() {
        shared.window.put(deliveries);
    }
}

/// The bus has failed; waits a little. Whether to go on.
fn go_on(shared: &Shared, outage: &mut Option<Outage>, error: BusError) -> bool {
    if !error.is_transient() {
        shared.window.end(End::Bus(error));
        return false;
    }
    let outage = outage.get_or_insert_with(|| Outage::begin(shared, &error));
    let limit = shared.settings.reconnect_timeout;
    if limit.is_some_and(|limit| outage.since.elapsed() >= limit) {
        shared.window.end(End::Bus(error));
        return false;
    }
    let until = Instant::now() + outage.backoff.next_delay();
    let mut state = shared.window.state();
    while state.phase == Phase::Running && state.end.is_none() && Instant::now() < until {
        state = shared.window.wait_for_change(state, until.saturating_duration_since(Instant::now()));
    }
    true
}

/// A time without the bus.
struct Outage {
    since: Instant,
    backoff: Backoff,
}

impl Outage {
    fn begin(shared: &Shared, error: &BusError) -> Self {
        shared.counts.disconnects.add(1);
        shared.set_ready(false);
        tracing::error!(topic = %shared.subscription.topic, %error, "the bus is lost; trying again");
        let backoff = Backoff::new(Duration::from_millis(50), Duration::from_secs(5));
        Self { since: Instant::now(), backoff }
    }

    fn end(&self, shared: &Shared) {
        shared.set_ready(true);
        tracing::info!(topic = %shared.subscription.topic, after = ?self.since.elapsed(), "the bus is back");
    }
}

/// Reads on a thread of its own.
pub(super) fn spawn(shared: &Arc<Shared>) -> std::io::Result<thread::JoinHandle<()>> {
    let shared = Arc::clone(shared);
    thread::Builder::new()
        .name("events-reader".to_owned())
        .spawn(move || guard(&shared, "the reader of the consumer", || read(&shared)))
}
