//! Keeping what is in hand: [`keep`].

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::running::{Shared, guard};
use super::window::{End, Phase};
use crate::bus::contract::EntryId;

/// The longest time between two looks at the window.
const LOOK: Duration = Duration::from_millis(100);
/// The same while entries wait for workers that sleep.
const SHORT_LOOK: Duration = Duration::from_millis(5);

/// Acknowledges while the reader waits, wakes what has paused, gives signs of life, and watches the time limits; until the
/// consumer stops.
pub(super) fn keep(shared: &Arc<Shared>) {
    let mut beat = Instant::now() + shared.settings.heartbeat;
    let mut look = LOOK;
    loop {
        let mut state = shared.window.wait_to_keep(look.min(beat.saturating_duration_since(Instant::now())));
        let now = Instant::now();
        let has_come = state.unpark(now);
        let is_waiting = state.is_waiting_for_workers();
        let is_stopping = state.phase != Phase::Running;
        let done = if is_stopping || state.is_reading_long(now) { state.take_done() } else { Vec::new() };
        if is_stopping && state.running() == 0 && done.is_empty() {
            return;
        }
        drop(state);
        if has_come || is_waiting {
            shared.window.wake_workers();
        }
        look = if is_waiting { SHORT_LOOK } else { LOOK };
        if !done.is_empty() && !acknowledge(shared, done) {
            // Whoever stops waits for this no longer than for anything else.
            thread::sleep(Duration::from_millis(50));
        }
        watch(shared, now);
        if now >= beat {
            beat = now + shared.settings.heartbeat;
            heartbeat(shared);
        }
    }
}

/// Whether it worked; what did not is for later.
fn acknowledge(shared: &Shared, done: Vec<EntryId>) -> bool {
    let Err(error) = shared.consumer.acknowledge(&done) else { return true };
    shared.window.not_acknowledged(done);
    tracing::warn!(topic = %shared.subscription.topic, %error, "could not acknowledge; trying again");
    if !error.is_transient() {
        shared.window.end(End::Bus(error));
    }
    false
}

fn heartbeat(shared: &Shared) {
    let entries = shared.window.state().entries();
    match shared.consumer.renew(&entries) {
        Ok(lost) => {
            let mut state = shared.window.state();
            for entry in lost.iter().filter(|entry| state.drop_lost(entry)) {
                shared.counts.lost.add(1);
                tracing::warn!(topic = %shared.subscription.topic, %entry, "another consumer has taken the entry over");
            }
        }
        Err(error) => {
            tracing::warn!(topic = %shared.subscription.topic, %error, "could not give a sign of life");
        }
    }
}

/// Tells of receivers that take too long, and ends the consumer for one that is stuck.
fn watch(shared: &Shared, now: Instant) {
    // Of several the one that has run the longest.
    let mut stuck: Option<(&'static str, Duration)> = None;
    let mut state = shared.window.state();
    for run in state.runs.iter_mut().flatten() {
        let elapsed = now.saturating_duration_since(run.since);
        if !run.is_told && run.limit.is_some_and(|limit| elapsed > limit) {
            run.is_told = true;
            shared.counts.overdue.add(1);
            tracing::error!(receiver = run.receiver, ?elapsed, "receiver takes longer than its time limit");
        }
        // Who is given more time than others is not stuck before it is over.
        let stuck_after =
            shared.settings.stuck_after.map(|limit| run.limit.map_or(limit, |own| own.max(limit)));
        if stuck_after.is_some_and(|limit| elapsed > limit) {
            stuck = stuck.filter(|(_, longest)| *longest >= elapsed).or(Some((run.receiver, elapsed)));
        }
    }
    drop(state);
    if let Some((receiver, after)) = stuck {
        shared.set_ready(false);
        shared.window.end(End::Stuck { receiver, after });
    }
}

/// Keeps on a thread of its own, so that no receiver holds it up.
pub(super) fn spawn(shared: &Arc<Shared>) -> std::io::Result<thread::JoinHandle<()>> {
    let shared = Arc::clone(shared);
    thread::Builder::new()
        .name("events-keeper".to_owned())
        .spawn(move || guard(&shared, "the keeper of the consumer", || keep(&shared)))
}
