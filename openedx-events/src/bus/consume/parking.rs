//! What waits for receivers that do not work, and the store that it is parked in.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::LOG;
use super::circuit::Failures;
use super::consumed::{Consumed, EventOutcome};
use super::dead_lettering::{self, retry_at};
use super::decode::{Decoded, Undecoded};
use super::heartbeat;
use super::policy::{self, Policy};
use super::progress::{EventProgress, ReceiverProgress};
use super::shared::Shared;
use super::window::{
    Entry, Fetch, Fetched, Found, Origin, Parked, ParkedReceiver, Stage, StoreChange, StoreWrite, Stored,
};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{
    Delivery, EntryId, EntryWrite, ParkedChange, ParkedEvent, ParkedId, ParkedStart, ParkedStore, Parking,
    Waiting,
};
use crate::bus::message::dead_letter::{DeadLetter, DeadLetterReason};

/// Parked events are read by so many.
const PAGE: usize = 1000;

/// The store of the consumer.
fn store(shared: &Shared) -> Result<&dyn ParkedStore, BusError> {
    let none = || BusError::new(ErrorKind::Unsupported, "the backend does not park events");
    shared.consumer().parked().ok_or_else(none)
}

/// Takes in what the consumer has parked before, behind `after`, which is the last one that was taken in. Reports what waits for
/// receivers that the program does not have.
pub(super) fn load(shared: &Shared, after: &mut Option<ParkedId>) -> Result<(), BusError> {
    list(shared, after, |page| take_in(shared, page, Found::AtStart))
}

fn list(
    shared: &Shared,
    after: &mut Option<ParkedId>,
    mut take_in: impl FnMut(Vec<ParkedEvent>),
) -> Result<(), BusError> {
    let Some(store) = shared.consumer().parked() else { return Ok(()) };
    loop {
        let page = store.list(*after, PAGE)?;
        *after = page.last().map(|event| event.id).or(*after);
        let is_last = page.len() < PAGE;
        take_in(page);
        if is_last {
            return Ok(());
        }
    }
}

/// Claims what consumers have parked that are gone.
pub(super) fn claim(shared: &Shared) {
    let Some(store) = shared.consumer().parked() else { return };
    loop {
        let room = shared.window().room_for_parked().min(PAGE);
        if room == 0 {
            return;
        }
        match store.claim(room) {
            Ok(claimed) if claimed.is_empty() => return,
            Ok(claimed) => take_in(shared, claimed, Found::Later),
            Err(error) => {
                let topic = shared.topic();
                tracing::warn!(target: LOG, %topic, %error, "could not claim parked events of other consumers");
                // Some may be claimed.
                shared.window().list_parked_again();
                return;
            }
        }
    }
}

/// The number of events that the group has parked, here and elsewhere, but those that wait only for receivers which this program
/// does not have.
pub(super) fn left(shared: &Shared) -> Result<u64, BusError> {
    let groups = shared.backend().groups(shared.topic())?;
    let parked = groups.iter().find(|group| group.name == shared.group()).map_or(0, |group| group.parked);
    Ok(parked.saturating_sub(shared.for_others()))
}

/// Lists the store, if that is due. Finds events that a write without an answer has parked, or that another consumer had for a while,
/// and drops known ones that are gone. Called by the thread that writes. Returns `false` if the store failed: call it again.
pub(super) fn list_again(shared: &Shared) -> bool {
    let Some(doubtful) = shared.window().take_list_due() else { return true };
    let mut gone = doubtful.clone();
    let listed = list(shared, &mut None, |page| {
        for event in &page {
            gone.remove(&event.id);
        }
        take_in(shared, page, Found::Later);
    });
    match listed {
        Ok(()) => {
            shared.window().listed(&doubtful, &gone);
            true
        }
        Err(error) => {
            shared.window().list_parked_again();
            log_failure(shared, &error);
            false
        }
    }
}

fn take_in(shared: &Shared, events: Vec<ParkedEvent>, found: Found) {
    if events.is_empty() {
        return;
    }
    let limits = outage_limits(shared);
    let (now, mut known, mut unknown) = (Instant::now(), Vec::new(), HashMap::<String, u64>::new());
    for event in events {
        let (mut receivers, mut others, mut outage_limits) = (Vec::new(), Vec::new(), Vec::new());
        for (number, waiting) in event.waiting.into_iter().enumerate() {
            let Some(limit) = limits.get(&waiting.receiver) else {
                *unknown.entry(waiting.receiver.clone()).or_default() += 1;
                others.push(waiting);
                continue;
            };
            let circuit = shared.circuits().of(&waiting.receiver);
            let failures = Failures::of_parked(waiting.runs, waiting.since, now);
            receivers.push(ParkedReceiver::new(number, circuit, failures));
            outage_limits.push(*limit);
        }
        // What waits for nobody here stays in the store.
        if receivers.is_empty() {
            shared.left_for_others(1);
        } else {
            let parked = Parked::new(event.id, (event.key, event.size), receivers, others);
            known.push((parked.started(event.starts), outage_limits));
        }
    }
    for (receiver, events) in unknown {
        tracing::warn!(
            target: LOG,
            topic = %shared.topic(),
            group = shared.group(),
            receiver,
            events,
            "parked events wait for a receiver that the program does not have"
        );
    }
    shared.window().take_in_parked(known, found);
}

/// The limits of an outage of all receivers of the program, by their paths.
fn outage_limits(shared: &Shared) -> HashMap<String, Duration> {
    let mut limits = HashMap::new();
    policy::each_receiver(shared.recipient(), |info| {
        limits.insert(info.path.to_string(), Policy::of(shared.settings(), info).outage_limit);
    });
    limits
}

/// Writes to the store what is due.
pub(super) fn write(shared: &Shared, write: StoreWrite) {
    let StoreWrite { waiting, ended } = write;
    let (to_park, to_put_back): (Vec<_>, Vec<_>) =
        waiting.into_iter().partition(|entry| entry.origin == Origin::Topic);
    let mut stored = park(shared, to_park);
    let put_back: Vec<_> = to_put_back.iter().filter_map(|entry| shared.window().put_back(entry)).collect();
    if stored.iter().any(|(_, stored)| matches!(stored, Stored::Lost)) {
        // Before those behind them of their keys may run.
        shared.window().now_parked(stored.iter().filter_map(|(_, stored)| stored.id()));
        shared.window().list_parked_again();
        list_again(shared);
    }
    let settled = settle(shared, put_back.iter().chain(&ended));
    let is_settled = settled.is_ok();
    if is_settled {
        shared.left_for_others(ended.iter().filter(|event| !event.waiting.is_empty()).count());
    }
    if let Err(error) = settled {
        log_failure(shared, &error);
    }
    stored.extend(
        to_put_back
            .into_iter()
            .zip(put_back)
            .map(|(entry, back)| (entry, if is_settled { Stored::Parked(back.id) } else { Stored::Not })),
    );
    let not_ended = if is_settled { Vec::new() } else { ended };
    for entry in shared.window().stored(stored, not_ended) {
        if let (Origin::Topic, Stage::Open(progress)) = (&entry.origin, &entry.stage) {
            shared.counts().parked.add(1);
            shared.hooks().after(&Consumed {
                topic: shared.topic(),
                entry: &entry.delivery.entry,
                event: &*progress.event.event,
                metadata: &progress.event.metadata,
                outcome: EventOutcome::Parked,
                runs: &[],
                duration: Duration::ZERO,
                headers: &entry.delivery.message.headers,
                traceparent: progress.event.traceparent,
            });
        }
    }
}

/// Replaces what parked events wait for, removes those that are done, and stores dead letters.
pub(super) fn settle<'a>(
    shared: &Shared,
    events: impl IntoIterator<Item = &'a StoreChange> + Clone,
) -> Result<(), BusError> {
    let change = |StoreChange { id, waiting, letter }: &'a StoreChange| ParkedChange {
        id: *id,
        waiting,
        dead_letter: letter.as_deref().map(|(delivery, letter)| (delivery, letter)),
    };
    let changes: Vec<_> = events.clone().into_iter().map(change).collect();
    if changes.is_empty() {
        return Ok(());
    }
    settle_all(shared, &changes)?;
    for (delivery, letter) in events.into_iter().filter_map(|event| event.letter.as_deref()) {
        dead_lettering::letter_written(shared, delivery, letter);
    }
    Ok(())
}

fn settle_all(shared: &Shared, changes: &[ParkedChange<'_>]) -> Result<(), BusError> {
    if let Some(dead_letters) = store(shared)?.settle(changes)? {
        shared.dead_letters_counted(dead_letters);
    }
    Ok(())
}

#[expect(clippy::vec_box, reason = "entries stay in their boxes while they move")]
fn park(shared: &Shared, entries: Vec<Box<Entry>>) -> Vec<(Box<Entry>, Stored)> {
    if entries.is_empty() {
        return Vec::new();
    }
    let waiting: Vec<_> = entries.iter().map(|entry| shared.window().waiting_receivers(entry)).collect();
    let letters: Vec<_> = entries.iter().map(|entry| entry.letter()).collect();
    let events: Vec<_> = entries
        .iter()
        .zip(&waiting)
        .zip(&letters)
        .map(|((entry, waiting), letter)| Parking {
            delivery: &entry.delivery,
            waiting,
            dead_letter: letter.as_ref(),
        })
        .collect();
    match store(shared).and_then(|store| store.park(&events)) {
        Ok(written) => {
            let stored = |((entry, letter), written): ((Box<Entry>, &Option<DeadLetter>), _)| {
                let stored = match written {
                    EntryWrite::Done(id) => {
                        if let Some(letter) = letter {
                            dead_lettering::letter_written(shared, &entry.delivery, letter);
                        }
                        Stored::Parked(id)
                    }
                    EntryWrite::Claimed => {
                        shared.entry_was_claimed(&entry.delivery.entry);
                        Stored::Lost
                    }
                    EntryWrite::NoGroup => Stored::Lost,
                };
                (entry, stored)
            };
            entries.into_iter().zip(&letters).zip(written).map(stored).collect()
        }
        Err(error) => {
            log_failure(shared, &error);
            if error.kind() != ErrorKind::Unreachable {
                return entries.into_iter().map(|entry| (entry, Stored::Not)).collect();
            }
            entries.into_iter().map(|entry| (entry, Stored::Unknown)).collect()
        }
    }
}

fn log_failure(shared: &Shared, error: &BusError) {
    tracing::error!(target: LOG, topic = %shared.topic(), %error, "could not park events; retrying");
}

/// Writes the dead letter of a parked event.
pub(super) fn dead_letter(
    shared: &Shared,
    id: ParkedId,
    others: &[Waiting],
    delivery: &Delivery,
    letter: &DeadLetter,
) -> Result<EntryWrite<Option<u64>>, BusError> {
    let change = ParkedChange { id, waiting: others, dead_letter: Some((delivery, letter)) };
    settle_all(shared, &[change])?;
    shared.left_for_others(usize::from(!others.is_empty()));
    Ok(EntryWrite::Done(None))
}

/// Starts parked events and decodes them.
pub(super) fn fetch(shared: &Shared, fetches: &[Fetch]) -> Result<Vec<Fetched>, BusError> {
    let start = |parked: &Parked| ParkedStart { id: parked.id, starts: parked.starts, size: parked.size() };
    let starts: Vec<_> = fetches.iter().map(|fetch| start(&fetch.parked)).collect();
    let started = match store(shared).and_then(|store| store.start(&starts)) {
        Ok(started) => started,
        Err(error) => {
            let at = later(shared, error)?;
            return Ok(fetches.iter().map(|_| Fetched::Later(at)).collect());
        }
    };
    if started.iter().any(Option::is_none)
        && let Err(error) = heartbeat::send_for_entries(shared)
    {
        // Others have some of them, and may have what waits here behind these: that must not run before it is known.
        let at = later(shared, error)?;
        return Ok(fetches.iter().map(|_| Fetched::Later(at)).collect());
    }
    let mut started = started.into_iter();
    fetches
        .iter()
        .map(|fetch| {
            started
                .next()
                .flatten()
                .map_or(Ok(Fetched::Gone), |delivery| entry(shared, &fetch.parked, delivery))
        })
        .collect()
}

fn later(shared: &Shared, error: BusError) -> Result<Instant, BusError> {
    retry_at(shared, &EntryId::new("parked"), error, "cannot fetch parked events")
}

fn entry(shared: &Shared, parked: &Parked, delivery: Delivery) -> Result<Fetched, BusError> {
    let decoded = shared.decode(&delivery);
    let (decoded, dead) = match decoded {
        Ok(decoded) if parked.starts >= shared.settings().max_crashes => {
            let crashes = parked.starts;
            let error = format!("the process died {crashes} times while it handled this event");
            (Some(decoded), Some(DeadLetter::new(DeadLetterReason::Crashed, error)))
        }
        Ok(mut decoded) => {
            shared.hooks().keep_headers(&mut decoded, &delivery.message);
            (Some(decoded), None)
        }
        Err(Undecoded::Dead(letter)) => (None, Some(letter)),
        Err(Undecoded::NotNow(error)) => return later(shared, error).map(Fetched::Later),
    };
    let entry = match (dead, decoded) {
        (Some(letter), _) => Entry::dead_of_store(delivery, parked, letter),
        (None, Some(decoded)) => Entry::of_store(delivery, parked, progress(shared, parked, decoded)),
        (None, None) => return Ok(Fetched::Gone),
    };
    Ok(Fetched::Entry(Box::new(entry)))
}

/// The receivers that a parked event still waits for. Those that are gone are done.
fn progress(shared: &Shared, parked: &Parked, decoded: Decoded) -> EventProgress {
    let len = parked.receivers.iter().map(|receiver| receiver.number() + 1).max().unwrap_or_default();
    let mut receivers: Vec<_> = (0..len).map(|_| ReceiverProgress::Done).collect();
    let (mut calls, mut taken) = (vec![usize::MAX; len], Vec::new());
    for receiver in &parked.receivers {
        let (number, circuit) = (receiver.number(), receiver.circuit);
        let path = shared.circuits().path(circuit);
        let call = decoded.find_receiver(&path, &taken);
        taken.extend(call);
        calls[number] = call.unwrap_or(usize::MAX);
        receivers[number] = ReceiverProgress::Open(circuit, receiver.failures.clone());
    }
    EventProgress { event: Arc::new(decoded), receivers, calls, is_lost: false, is_error: false }
}
