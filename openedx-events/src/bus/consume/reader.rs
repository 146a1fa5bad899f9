//! Filling the window: [`spawn`].

use std::io;
use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::LOG;
use super::parking;
use super::settings::ReadFrom;
use super::shared::Shared;
use super::window::{End, ReadRequest};
use crate::bus::contract::Batch;
use crate::bus::contract::error::BusError;
use crate::bus::retry::backoff::Backoff;
use crate::bus::retry::deadline;

/// How soon to claim again when there was no room for all.
const MORE_TO_CLAIM: Duration = Duration::from_millis(100);

/// How often to look whether anything is parked.
const DRAIN_LOOK: Duration = Duration::from_millis(500);

/// Starts the reader on its own thread.
pub(super) fn spawn(shared: &Arc<Shared>) -> io::Result<thread::JoinHandle<()>> {
    let shared = Arc::clone(shared);
    thread::Builder::new()
        .name("events-reader".to_owned())
        .spawn(move || shared.guard("the reader of the consumer", || read(&shared)))
}

/// Reads until the consumer ends, and claims what others have left. Both on one thread: what one of two has read and not put
/// in the window yet must not be overtaken by what the other claims, or the order of keys is lost.
fn read(shared: &Shared) {
    let heartbeat = shared.settings().heartbeat;
    let mut lost: Option<LostBus> = None;
    let mut next_claim = deadline::after(heartbeat);
    if !load_parked(shared, &mut lost) {
        return;
    }
    if shared.settings().read_from == ReadFrom::Parked {
        return drain_parked(shared);
    }
    parking::claim(shared);
    loop {
        if Instant::now() >= next_claim {
            // Before entries are claimed: those of a key come behind what is parked.
            parking::claim(shared);
            let pause = if claim(shared) { heartbeat.min(MORE_TO_CLAIM) } else { heartbeat };
            next_claim = deadline::after(pause);
        }
        let Some(ReadRequest { max, done }) = shared.window().wait_for_room() else { return };
        // A bus that is lost is only probed: that it answers is not to be learned after a wait for entries.
        let max_wait = if lost.is_some() { Duration::ZERO } else { shared.read_wait() };
        let wait = max_wait.min(next_claim.saturating_duration_since(Instant::now()));
        let read = shared.consumer().read(max, wait, &done);
        shared.window().read_returned();
        match read {
            Ok(batch) => {
                bus_answers(shared, &mut lost);
                shared.counts().claimed.add(batch.claimed);
                if batch.deliveries.is_empty() {
                    shared.has_read_nothing();
                }
                take_in(shared, batch);
            }
            Err(error) => {
                if !done.is_empty() {
                    shared.window().acknowledge_again(done);
                }
                if let Err(error) = back_off(shared, &mut lost, error) {
                    shared.window().end(End::Bus(error));
                    return;
                }
            }
        }
    }
}

/// Takes in what the consumer has parked before. Returns `false` if the consumer ends.
fn load_parked(shared: &Shared, lost: &mut Option<LostBus>) -> bool {
    let mut after = None;
    while let Err(error) = parking::load(shared, &mut after) {
        if let Err(error) = back_off(shared, lost, error) {
            shared.window().end(End::Bus(error));
            return false;
        }
        if shared.window().is_stopping() {
            return true;
        }
    }
    true
}

/// Reads nothing while what the group has parked runs, here or at other consumers. Claims what those that are gone have parked.
fn drain_parked(shared: &Shared) {
    let (mut lost, mut is_empty) = (None, false);
    while shared.window().is_running() {
        parking::claim(shared);
        match parking::left(shared) {
            Ok(left) => {
                bus_answers(shared, &mut lost);
                let was_empty = mem::replace(&mut is_empty, left == 0 && shared.window().in_flight() == 0);
                if is_empty != was_empty {
                    shared.has_parked(!is_empty);
                }
                shared.window().pause(DRAIN_LOOK);
            }
            Err(error) => {
                if let Err(error) = back_off(shared, &mut lost, error) {
                    return shared.window().end(End::Bus(error));
                }
            }
        }
    }
}

fn bus_answers(shared: &Shared, lost: &mut Option<LostBus>) {
    if let Some(lost) = lost.take() {
        shared.bus_recovered(lost.since.elapsed());
    }
}

/// Claims what others have left idle, batch after batch, as far as there is room. Returns whether there may be more.
fn claim(shared: &Shared) -> bool {
    loop {
        let room = shared.window().room_to_claim();
        if room == 0 {
            return true;
        }
        match shared.consumer().claim(room) {
            Ok(batch) => {
                let claimed = batch.deliveries.len();
                shared.counts().claimed.add(claimed as u64);
                take_in(shared, batch);
                if claimed < room {
                    return false;
                }
            }
            Err(error) => {
                let topic = shared.topic();
                tracing::warn!(target: LOG, %topic, %error, "could not claim idle entries of other consumers");
                return false;
            }
        }
    }
}

/// Puts what was read or claimed in the window.
fn take_in(shared: &Shared, batch: Batch) {
    let counts = shared.counts();
    if batch.is_group_new {
        shared.window().group_lost();
        counts.lost_groups.add(1);
        tracing::error!(
            target: LOG,
            topic = %shared.topic(),
            group = shared.group(),
            "the group was lost and was created again at the first entry, so events are redelivered"
        );
    }
    let trimmed = batch.missed + batch.trimmed.len() as u64;
    if trimmed > 0 {
        counts.trimmed.add(trimmed);
        let entries = usize::try_from(trimmed).unwrap_or(usize::MAX);
        shared.observers().tell(|observer| observer.trimmed(&shared.observed(), entries));
        tracing::error!(
            target: LOG,
            topic = %shared.topic(),
            group = shared.group(),
            entries = trimmed,
            "entries were trimmed before they were done; their events are lost"
        );
    }
    let mut deliveries = batch.deliveries;
    let messages = deliveries.len();
    if messages > 0 {
        shared.observers().tell(|observer| observer.consumed(&shared.observed(), messages));
    }
    shared.window().retain_new(&mut deliveries);
    if !deliveries.is_empty() {
        shared.window().put(deliveries);
    }
}

/// Backs off after a failed read. Returns the error if it is not transient, or when the bus has been lost for too long.
fn back_off(shared: &Shared, lost: &mut Option<LostBus>, error: BusError) -> Result<(), BusError> {
    if !error.is_transient() {
        return Err(error);
    }
    let lost = lost.get_or_insert_with(|| {
        shared.bus_lost(&error);
        LostBus { since: Instant::now(), backoff: Backoff::RECONNECT }
    });
    let limit = shared.settings().reconnect_timeout;
    if limit.is_some_and(|limit| lost.since.elapsed() >= limit) {
        return Err(error);
    }
    shared.back_off(lost.backoff.next_delay());
    Ok(())
}

/// The bus is lost.
struct LostBus {
    since: Instant,
    backoff: Backoff,
}
