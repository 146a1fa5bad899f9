//! Looking after what is in flight: [`spawn`].

use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::LOG;
use super::heartbeat;
use super::parking;
use super::shared::Shared;
use super::window::{End, LateRun};
use crate::bus::contract::EntryId;
use crate::bus::retry::deadline;

/// The longest time between two looks at the window.
const LOOK: Duration = Duration::from_millis(100);
/// The same while entries are ready and workers sleep.
const SHORT_LOOK: Duration = Duration::from_millis(5);
/// Nothing has moved for this time: the topic stands still.
const STANDSTILL: Duration = Duration::from_secs(1);
/// The pause after an acknowledgement that failed. A consumer that stops waits no longer for it than for anything else.
const PAUSE: Duration = Duration::from_millis(50);

/// Starts the upkeep on its own thread, so that no receiver holds it up.
pub(super) fn spawn(shared: &Arc<Shared>) -> io::Result<thread::JoinHandle<()>> {
    let shared = Arc::clone(shared);
    thread::Builder::new()
        .name("events-upkeep".to_owned())
        .spawn(move || shared.guard("the upkeep of the consumer", || keep_up(&shared)))
}

/// Acknowledges while the reader waits, ends backoffs, sends heartbeats and watches the timeouts, until the consumer stops.
fn keep_up(shared: &Shared) {
    let interval = shared.settings().heartbeat;
    let mut next_heartbeat = deadline::after(interval);
    let mut look = LOOK;
    let (mut next_list, mut standing_still) = (Instant::now(), None);
    loop {
        let max = look.min(next_heartbeat.saturating_duration_since(Instant::now()));
        let Some(due) = shared.window().wait_for_upkeep(max) else { return };
        shared.upkeep_moves();
        shared.window().notify_if_ended();
        look = if due.are_workers_late { SHORT_LOOK } else { LOOK };
        if !due.done.is_empty() {
            acknowledge(shared, due.done);
        }
        while let Some(write) = shared.window().take_store_write() {
            parking::write(shared, write);
        }
        watch_receivers(shared);
        standing_still = watch_topic(shared, standing_still);
        let now = Instant::now();
        if now >= next_heartbeat {
            next_heartbeat = deadline::after(interval);
            heartbeat::send(shared);
        }
        // A store that fails is asked again with the next heartbeat.
        if now >= next_list && !parking::list_again(shared) {
            next_list = next_heartbeat;
        }
    }
}

fn acknowledge(shared: &Shared, done: Vec<EntryId>) {
    let Err(error) = shared.consumer().acknowledge(&done) else { return };
    shared.window().acknowledge_again(done);
    tracing::warn!(target: LOG, topic = %shared.topic(), %error, "could not acknowledge entries; retrying");
    if !error.is_transient() {
        shared.window().end(End::Bus(error));
    }
    thread::sleep(PAUSE);
}

/// Reports when nothing moves any more. `since` is when it was first seen so.
fn watch_topic(shared: &Shared, since: Option<Instant>) -> Option<Instant> {
    let standstill = shared.window().standstill();
    let since = standstill.map(|_| since.unwrap_or_else(Instant::now));
    let is_long = since.is_some_and(|since| since.elapsed() >= STANDSTILL);
    shared.stands_still(standstill.filter(|_| is_long));
    since
}

/// Reports receivers that exceed their timeouts, and ends the consumer for one that is stuck.
fn watch_receivers(shared: &Shared) {
    let late = shared.window().late_runs(shared.settings().stuck_after);
    for LateRun { receiver, elapsed } in late.overdue {
        shared.counts().overdue.add(1);
        tracing::error!(target: LOG, topic = %shared.topic(), receiver, ?elapsed, "receiver exceeded its timeout and still runs");
    }
    if let Some(LateRun { receiver, elapsed }) = late.stuck {
        shared.window().end(End::Stuck { receiver, after: elapsed });
    }
}
