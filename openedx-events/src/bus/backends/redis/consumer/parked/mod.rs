//! The parked events of a consumer: [`Parked`].

mod keys;
mod others;
mod rights;

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use ::redis::Value;

pub(super) use others::exist as is_of_others;
pub(super) use rights::may_park;

use super::member::Member;
use super::owner;
use crate::bus::backends::redis::failure::NO_GROUP;
use crate::bus::backends::redis::link::{Call, Link};
use crate::bus::backends::redis::parked::batch::{MAX_EVENTS, batches, requests};
use crate::bus::backends::redis::parked::letter::Letter;
use crate::bus::backends::redis::parked::{head, waiting};
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::backends::redis::{reply, scripts};
use crate::bus::backends::waiting_text;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{
    Delivery, EntryWrite, ParkedChange, ParkedEvent, ParkedId, ParkedStart, ParkedStore, Parking,
    Subscription,
};
use crate::sync;
use keys::Keys;

/// The parked events of a consumer, under keys with its name. Whoever claims them moves them under its own, so that a consumer that
/// comes back finds nothing under their ids.
pub(super) struct Parked {
    member: Arc<Member>,
    /// The connection that does not wait for entries.
    link: Arc<Mutex<Link>>,
    keys: Keys,
    /// When to look again for consumers that are gone.
    next_look: Mutex<Instant>,
}

/// How often to look for consumers that are gone.
const INTERVAL: Duration = Duration::from_secs(1);
/// Maximum number of events that are claimed in one step.
const MAX_CLAIMED: usize = 1000;

impl Parked {
    pub(super) fn new(member: Arc<Member>, link: Arc<Mutex<Link>>) -> Self {
        let keys = Keys::of(&member.subscription);
        Self { member, link, keys, next_look: Mutex::new(Instant::now()) }
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        sync::lock(&self.link)
    }

    fn park_batch(
        &self,
        link: &mut Link,
        events: &[Parking<'_>],
    ) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let (member, keys) = (&*self.member, &self.keys);
        let Subscription { group, consumer, .. } = &member.subscription;
        let what = member.task("parking events");
        let ids: Vec<_> =
            events.iter().map(|event| StreamId::of(&event.delivery.entry)).collect::<Result<_, _>>()?;
        let counted = member.held.counted(&ids);
        let parts = events.iter().zip(&ids).map(|(Parking { delivery, waiting, dead_letter }, id)| {
            let letter = dead_letter.map(|letter| Letter::of(delivery, letter, group));
            let counted: &[u8] = if counted.contains(id) { b"1" } else { b"0" };
            let (head, info) = (head::write(delivery), waiting::info(delivery, waiting));
            (id.to_string(), head, info, counted, letter)
        });
        let parts: Vec<_> = parts.collect();
        let mut arguments = vec![group.as_bytes(), consumer.as_bytes()];
        for (event, (id, head, info, counted, letter)) in events.iter().zip(&parts) {
            let payload = event.delivery.message.payload.as_deref().unwrap_or_default();
            arguments.extend([id.as_bytes(), &head[..], payload, info.as_bytes(), *counted]);
            Letter::add(letter.as_ref(), &mut arguments);
        }
        let keys = [
            member.stream(),
            keys.dead_letters.as_bytes(),
            keys.consumers.as_bytes(),
            keys.messages.as_bytes(),
            keys.index.as_bytes(),
            keys.last.as_bytes(),
            keys.attempts.as_bytes(),
        ];
        // Not again by itself if the reply is lost: the entries would seem to be another's.
        let reply = link.run_once(&what, &scripts::parked::PARK, &keys, &arguments)?;
        let replies = if reply::code(&reply) == Some(NO_GROUP) {
            vec![reply; ids.len()]
        } else {
            reply::list(reply::checked(&what, reply)?)
        };
        if replies.len() != ids.len() {
            return Err(unexpected(&what));
        }
        let (mut written, mut parked) = (Vec::with_capacity(ids.len()), Vec::with_capacity(ids.len()));
        for (id, reply) in ids.into_iter().zip(replies) {
            written.push(match owner::written(&what, member, id, reply)? {
                EntryWrite::Done(number) => {
                    parked.push(id);
                    let number = reply::count(&number).ok_or_else(|| unexpected(&what))?;
                    EntryWrite::Done(ParkedId::new(number))
                }
                EntryWrite::Claimed => EntryWrite::Claimed,
                EntryWrite::NoGroup => EntryWrite::NoGroup,
            });
        }
        member.held.remove(&parked);
        Ok(written)
    }

    /// Starts events in one round trip: a script for each batch, and the messages of the batch behind it.
    fn start_at_once(
        &self,
        link: &mut Link,
        events: &[ParkedStart],
    ) -> Result<Vec<Option<Delivery>>, BusError> {
        let what = self.member.task("starting parked events");
        let texts: Vec<_> = events.iter().map(StartTexts::of).collect();
        let keys = [self.keys.messages.as_bytes()];
        let calls: Vec<_> = texts.chunks(MAX_EVENTS).map(|texts| StartTexts::call(texts, &keys)).collect();
        let mut replies = link.run_each(&what, &scripts::parked::START, &calls)?.into_iter();
        let mut started = Vec::with_capacity(events.len());
        for batch in events.chunks(MAX_EVENTS) {
            let mut reply = || reply::checked(&what, replies.next().unwrap_or(Value::Nil)).map(reply::list);
            let (are_there, values) = (reply()?, reply()?);
            if are_there.len() != batch.len() {
                return Err(unexpected(&what));
            }
            let mut values = values.into_iter();
            for (event, is_there) in batch.iter().zip(are_there) {
                let mut value = || values.next().unwrap_or(Value::Nil);
                let fields = [value(), value()];
                let delivery = if reply::count(&is_there) == Some(1) {
                    self.message(link, &what, event.id, fields)?
                } else {
                    None
                };
                started.push(delivery.map(|delivery| delivery.redelivered(event.starts > 0)));
            }
        }
        Ok(started)
    }

    /// The message of an event with these fields. `None` if another consumer has claimed it meanwhile.
    fn message(
        &self,
        link: &mut Link,
        what: &str,
        id: ParkedId,
        fields: [Value; 2],
    ) -> Result<Option<Delivery>, BusError> {
        let is_gone = fields == [Value::Nil, Value::Nil] && !waiting::has(link, what, &self.keys.index, id)?;
        if is_gone {
            return Ok(None);
        }
        let names = (&*self.keys.messages, &*self.keys.index);
        head::delivery(what, names, id, Value::Array(fields.into())).map(Some)
    }

    /// Removes events that are done.
    fn remove(&self, link: &mut Link, changes: &[&ParkedChange<'_>]) -> Result<(), BusError> {
        let what = self.member.task("removing parked events");
        let keys = [&self.keys.consumers, &self.keys.messages, &self.keys.index].map(String::as_bytes);
        let consumer = &self.member.subscription.consumer;
        for some in requests(changes, |_| 0) {
            let texts: Vec<_> = some.chunks(MAX_EVENTS).map(|batch| removal(consumer, batch)).collect();
            let call = |texts| Call { keys: &keys, arguments: texts, behind: Vec::new() };
            let arguments = texts.iter().map(|texts| texts.iter().map(String::as_bytes).collect());
            let calls: Vec<_> = arguments.map(call).collect();
            for reply in link.run_each(&what, &scripts::parked::REMOVE, &calls)? {
                reply::checked(&what, reply)?;
            }
        }
        Ok(())
    }

    /// Settles events with dead letters, or without.
    fn settle_some(
        &self,
        link: &mut Link,
        script: &scripts::Script,
        changes: &[&ParkedChange<'_>],
    ) -> Result<Option<u64>, BusError> {
        let what = self.member.task("settling parked events");
        let Subscription { group, consumer, .. } = &self.member.subscription;
        let keys = [
            self.keys.dead_letters.as_bytes(),
            self.keys.consumers.as_bytes(),
            self.keys.messages.as_bytes(),
            self.keys.index.as_bytes(),
        ];
        let mut dead_letters = None;
        for batch in
            batches(changes, |change| change.dead_letter.map_or(0, |(delivery, _)| delivery.message.size()))
        {
            let parts = batch.iter().map(|ParkedChange { id, waiting, dead_letter }| {
                let letter = dead_letter.map(|(delivery, letter)| Letter::of(delivery, letter, group));
                let receivers = if waiting.is_empty() { String::new() } else { waiting_text::write(waiting) };
                (id.to_string(), receivers, letter)
            });
            let parts: Vec<_> = parts.collect();
            let mut arguments = vec![consumer.as_bytes()];
            for (id, receivers, letter) in &parts {
                arguments.extend([id.as_bytes(), receivers.as_bytes()]);
                Letter::add(letter.as_ref(), &mut arguments);
            }
            let reply = reply::checked(&what, link.run(&what, script, &keys, &arguments)?)?;
            dead_letters = reply::count(&reply).or(dead_letters);
        }
        Ok(dead_letters)
    }
}

impl ParkedStore for Parked {
    fn park(&self, events: &[Parking<'_>]) -> Result<Vec<EntryWrite<ParkedId>>, BusError> {
        let mut written = Vec::with_capacity(events.len());
        let copies = |event: &Parking<'_>| 1 + usize::from(event.dead_letter.is_some());
        for batch in batches(events, |event| event.delivery.message.size() * copies(event)) {
            written.extend(self.park_batch(&mut self.link(), batch)?);
        }
        Ok(written)
    }

    fn list(&self, after: Option<ParkedId>, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        let what = self.member.task("listing parked events");
        let names = (&*self.keys.messages, &*self.keys.index);
        waiting::list(&mut self.link(), &what, names, after, max)
    }

    fn claim(&self, max: usize) -> Result<Vec<ParkedEvent>, BusError> {
        let (mut next_look, now) = (sync::lock(&self.next_look), Instant::now());
        if self.member.leases.is_standby() {
            // When it is the active one, it looks before it reads.
            *next_look = now;
            return Ok(Vec::new());
        }
        if now < *next_look {
            return Ok(Vec::new());
        }
        let what = self.member.task("claiming parked events");
        let mut link = self.link();
        let names = others::names(&mut link, &self.member, &self.keys.consumers)?;
        let mut claimed = Vec::new();
        while claimed.len() < max && !names.is_empty() {
            let left = (max - claimed.len()).min(MAX_CLAIMED);
            let reply = others::from(&mut link, &what, &self.member, &self.keys, &names, left)?;
            let some = waiting::events(&what, (&self.keys.messages, &self.keys.index), reply)?;
            if some.is_empty() {
                break;
            }
            claimed.extend(some);
        }
        if claimed.len() < max {
            *next_look = now + INTERVAL;
        }
        Ok(claimed)
    }

    fn start(&self, events: &[ParkedStart]) -> Result<Vec<Option<Delivery>>, BusError> {
        let mut started = Vec::with_capacity(events.len());
        let size = |event: &ParkedStart| usize::try_from(event.size).unwrap_or(usize::MAX);
        for some in requests(events, size) {
            started.extend(self.start_at_once(&mut self.link(), some)?);
        }
        Ok(started)
    }

    fn settle(&self, events: &[ParkedChange<'_>]) -> Result<Option<u64>, BusError> {
        let (mut done, mut waiting, mut given_up) = (Vec::new(), Vec::new(), Vec::new());
        for change in events {
            let kind = match change {
                ParkedChange { dead_letter: Some(_), .. } => &mut given_up,
                ParkedChange { waiting: [], .. } => &mut done,
                _ => &mut waiting,
            };
            kind.push(change);
        }
        let mut link = self.link();
        self.remove(&mut link, &done)?;
        self.settle_some(&mut link, &scripts::parked::SETTLE, &waiting)?;
        self.settle_some(&mut link, &scripts::parked::GIVE_UP, &given_up)
    }

    /// The lease of the name is the heartbeat.
    fn renew(&self) -> Result<(), BusError> {
        self.member.leases.renew(&mut self.link(), &self.member.subscription)
    }
}

/// The texts of the start of an event.
struct StartTexts {
    id: String,
    starts: String,
    /// The name of a field.
    payload: String,
}

impl StartTexts {
    fn of(event: &ParkedStart) -> Self {
        Self {
            id: event.id.to_string(),
            starts: event.starts.saturating_add(1).to_string(),
            payload: format!("{}.payload", event.id),
        }
    }

    /// Starts events, and reads their messages.
    fn call<'a>(all: &'a [Self], keys: &'a [&'a [u8]]) -> Call<'a> {
        let starts = all.iter().flat_map(|Self { id, starts, .. }| [id.as_bytes(), starts.as_bytes()]);
        let mut behind = vec![&b"HMGET"[..]];
        behind.extend(keys);
        behind.extend(all.iter().flat_map(|Self { id, payload, .. }| [id.as_bytes(), payload.as_bytes()]));
        Call { keys, arguments: starts.collect(), behind }
    }
}

/// The arguments of a removal: the consumer, the number of events, their ids, and the names of their other fields.
fn removal(consumer: &str, changes: &[&ParkedChange<'_>]) -> Vec<String> {
    let mut texts = Vec::with_capacity(2 + 4 * changes.len());
    texts.extend([consumer.to_owned(), changes.len().to_string()]);
    texts.extend(changes.iter().map(|change| change.id.to_string()));
    for suffix in waiting::SUFFIXES {
        texts.extend(changes.iter().map(|change| format!("{}{suffix}", change.id)));
    }
    texts
}

fn unexpected(what: &str) -> BusError {
    BusError::new(ErrorKind::Unsupported, format!("{what}: unexpected reply of the server"))
}
