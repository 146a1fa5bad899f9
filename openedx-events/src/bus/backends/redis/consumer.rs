//! One consumer of a group: [`StreamConsumer`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use ::redis::Value;

use super::connection::{Line, Server};
use super::failure::{NO_GROUP, NO_PERMISSION};
use super::held::Given;
use super::lease::Lease;
use super::reader::Reader;
use super::reply;
use super::request::Request;
use super::scripts;
use super::stream_id::StreamId;
use super::wake::Wake;
use super::{entry, group, keys};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Batch, Consumer, Delivery, EntryId, Subscription};
use crate::bus::message::Message;
use crate::bus::message::dead_letter::DeadLetter;
use crate::sync;

/// What the reader and those beside it share.
pub(super) struct Shared {
    pub(super) subscription: Subscription,
    pub(super) given: Given,
    pub(super) wake: Wake,
    /// The right to this consumer's name.
    pub(super) name: Lease,
    /// The right to read, if one consumer of the group has it.
    pub(super) active: Option<Lease>,
    /// Whether a read that waits on the server can be ended from here.
    pub(super) can_unblock: bool,
    /// A connection was lost, and the reader has not had again what the server had handed out on it.
    pub(super) is_catching_up: AtomicBool,
}

/// A consumer with two connections: one on which a read waits, and one for everything else.
pub(super) struct StreamConsumer {
    shared: Arc<Shared>,
    reader: Mutex<Reader>,
    side: Mutex<Side>,
}

struct Side {
    line: Line,
    /// Where the search for idle entries goes on.
    cursor: String,
}

/// Where the search for idle entries begins, and what the server says at its end.
const START: &str = "0-0";

impl StreamConsumer {
    pub(super) fn new(server: &Arc<Server>, subscription: &Subscription) -> Result<Self, BusError> {
        let Subscription { topic, group, consumer, start, .. } = subscription;
        let name = Lease::new(keys::consumer(topic, group, consumer));
        let (mut line, mut side) = (Line::new(Arc::clone(server)), Line::new(Arc::clone(server)));
        let connection = line.connect()?;
        name.name(&mut line, connection)?;
        let is_single = server.options.single_active;
        let active = is_single.then(|| name.sibling(keys::active(topic, group)));
        if !name.acquire(&mut side)? {
            return Err(taken(subscription));
        }
        let made = group::create(&mut side, topic, group, *start);
        let can_unblock = made.and_then(|_| can_unblock(&mut side, connection));
        let can_unblock = can_unblock.inspect_err(|_| name.release(&mut side))?;
        let shared = Arc::new(Shared {
            subscription: subscription.clone(),
            given: Given::default(),
            wake: Wake::default(),
            name,
            active,
            can_unblock,
            is_catching_up: AtomicBool::new(false),
        });
        let reader = Mutex::new(Reader::new(Arc::clone(&shared), line));
        let side = Mutex::new(Side { line: side, cursor: START.to_owned() });
        Ok(Self { shared, reader, side })
    }

    fn side(&self) -> MutexGuard<'_, Side> {
        sync::lock(&self.side)
    }

    fn key(&self) -> &[u8] {
        self.shared.subscription.topic.as_str().as_bytes()
    }

    fn what(&self, what: &str) -> String {
        let Subscription { topic, group, .. } = &self.shared.subscription;
        format!("{what} for the group `{group}` of `{topic}`")
    }

    /// Makes entries idle for so long if they are this consumer's, and gives those that are not.
    fn touch(&self, what: &str, entries: &[EntryId], idle: Duration) -> Result<Vec<StreamId>, BusError> {
        let Subscription { group, consumer, .. } = &self.shared.subscription;
        let what = self.what(what);
        let ids = StreamId::all(entries)?;
        let idle = idle.as_millis().to_string();
        let mut lost = Vec::new();
        for some in ids.chunks(MOST_IN_SCRIPT) {
            let texts: Vec<_> = some.iter().map(StreamId::to_string).collect();
            let mut arguments = vec![group.as_bytes(), consumer.as_bytes(), idle.as_bytes()];
            arguments.extend(texts.iter().map(String::as_bytes));
            let reply = self.side().line.run(&what, &scripts::TOUCH, &[self.key()], &arguments)?;
            // Without the group nobody has them. The next read makes it again.
            if reply::code(&reply) != Some(NO_GROUP) {
                lost.extend(reply::ids(reply::checked(&what, reply)?));
            }
        }
        Ok(lost)
    }

    /// Dead letters of users who may not run scripts, and of messages with more fields than a script takes.
    fn bury_in_two_steps(
        &self,
        what: &str,
        message: &Message,
        id: StreamId,
    ) -> Result<Option<u64>, BusError> {
        let Subscription { topic, group, .. } = &self.shared.subscription;
        let letters = topic.dead_letters();
        let mut request = Request::new();
        entry::add(&mut request, letters.as_str(), None, message);
        request.command(&[b"XLEN", letters.as_str().as_bytes()]);
        let mut side = self.side();
        let mut replies = side.line.ask(what, &request)?.into_iter();
        reply::checked(what, replies.next().unwrap_or(Value::Nil))?;
        let number = replies.next().as_ref().and_then(reply::count);
        let id = id.to_string();
        let acknowledge = Request::of(&[b"XACK", self.key(), group.as_bytes(), id.as_bytes()]);
        reply::checked(what, reply::single(side.line.ask_again(what, &acknowledge)?))?;
        Ok(number)
    }
}

/// A script has its arguments on a stack of 8,000.
const MOST_IN_SCRIPT: usize = 2000;
/// How long released entries say they were idle. More than anybody's patience.
const RELEASED: Duration = Duration::from_secs(3600);
/// How long it is remembered what was done, and how often an entry was begun.
const REMEMBERED: &[u8] = b"604800";
/// A read that was woken is looked after for so long.
const WAKING: Duration = Duration::from_secs(5);

/// Another process consumes under the name.
pub(super) fn taken(subscription: &Subscription) -> BusError {
    let Subscription { topic, group, consumer, .. } = subscription;
    BusError::new(
        ErrorKind::Configuration,
        format!(
            "another live process consumes as `{consumer}` in the group `{group}` of `{topic}`: give each process a \
             consumer name of its own"
        ),
    )
}

/// Whether the user may end waiting. The connection does not wait.
fn can_unblock(line: &mut Line, connection: i64) -> Result<bool, BusError> {
    let what = "looking whether reads can be ended";
    let request = Request::of(&[b"CLIENT", b"UNBLOCK", connection.to_string().as_bytes()]);
    let reply = reply::single(line.ask_again(what, &request)?);
    if reply::code(&reply) == Some(NO_PERMISSION) {
        return Ok(false);
    }
    reply::checked(what, reply).map(|_| true)
}

/// Adds the commands that acknowledge entries. How many those are.
pub(super) fn acknowledge(
    request: &mut Request,
    subscription: &Subscription,
    done: &[StreamId],
    marked: &[StreamId],
) -> usize {
    let Subscription { topic, group, .. } = subscription;
    if done.is_empty() {
        return 0;
    }
    request.begin(3 + done.len()).parts(&[b"XACK", topic.as_str().as_bytes(), group.as_bytes()]);
    for id in done {
        request.part(id.to_string().as_bytes());
    }
    if marked.is_empty() {
        return 1;
    }
    request.begin(2 + marked.len()).parts(&[b"HDEL", keys::marks(topic, group).as_bytes()]);
    for id in marked {
        request.part(id.to_string().as_bytes());
    }
    2
}

impl Consumer for StreamConsumer {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        if max == 0 {
            self.acknowledge(done)?;
            return Ok(Batch::default());
        }
        let done = StreamId::all(done)?;
        sync::lock(&self.reader).read(max, wait, &done)
    }

    fn wake(&self) {
        let Shared { wake, .. } = &*self.shared;
        wake.wake();
        let start = Instant::now();
        // The read may be on its way to the server and not wait there yet.
        while let Some(connection) = wake.blocked().filter(|_| start.elapsed() < WAKING) {
            let request = Request::of(&[b"CLIENT", b"UNBLOCK", connection.to_string().as_bytes()]);
            match self.side().line.ask_again("ending a read", &request).map(reply::single) {
                Ok(Value::Int(0)) => thread::sleep(Duration::from_millis(1)),
                // It is ended, or ends by itself when its connection does.
                _ => return,
            }
        }
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        let Shared { subscription, given, .. } = &*self.shared;
        let done = StreamId::all(done)?;
        let mut request = Request::new();
        if acknowledge(&mut request, subscription, &done, &given.marked(&done)) == 0 {
            return Ok(());
        }
        let what = self.what("acknowledging");
        for reply in self.side().line.ask_again(&what, &request)? {
            reply::checked(&what, reply)?;
        }
        given.forget(&done);
        Ok(())
    }

    fn dead_letter(&self, delivery: &Delivery, letter: &DeadLetter) -> Result<Option<u64>, BusError> {
        let Shared { subscription: Subscription { topic, group, consumer, .. }, given, .. } = &*self.shared;
        let id = StreamId::of(&delivery.entry)?;
        let what = self.what("adding a dead letter");
        let message = letter.message(&delivery.message, group, delivery.entry.as_str());
        let text = id.to_string();
        let mut arguments = vec![group.as_bytes(), consumer.as_bytes(), text.as_bytes()];
        arguments.extend(entry::fields(&message));
        let number = if arguments.len() > MOST_IN_SCRIPT {
            self.bury_in_two_steps(&what, &message, id)?
        } else {
            let letters = topic.dead_letters();
            let keys = [self.key(), letters.as_str().as_bytes()];
            let reply = self.side().line.run(&what, &scripts::BURY, &keys, &arguments)?;
            match reply {
                Value::ServerError(error) if is_about_scripts(&error) => {
                    self.bury_in_two_steps(&what, &message, id)?
                }
                reply => reply::count(&reply::checked(&what, reply)?),
            }
        };
        let marked = given.marked(&[id]);
        given.forget(&[id]);
        if !marked.is_empty() {
            let parts: [&[u8]; 3] = [b"HDEL", &keys::marks(topic, group).into_bytes(), text.as_bytes()];
            // The letter is written; a mark that stays goes away by itself.
            let _ = self.side().line.ask_again(&what, &Request::of(&parts));
        }
        Ok(number)
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        let Shared { subscription, given, name, active, .. } = &*self.shared;
        if !name.renew(&mut self.side().line)? {
            return Err(taken(subscription));
        }
        if let Some(active) = active.as_ref().filter(|active| active.is_ours()) {
            let is_ours = active.renew(&mut self.side().line)?;
            active.set_ours(is_ours);
        }
        let lost = self.touch("keeping entries", entries, Duration::ZERO)?;
        given.forget(&lost);
        Ok(lost.into_iter().map(EntryId::from).collect())
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        let Shared { subscription, given, active, .. } = &*self.shared;
        let Subscription { topic, group, consumer, claim_after, .. } = subscription;
        let mut batch = Batch::default();
        let is_standing_by = active.as_ref().is_some_and(|active| !active.is_ours());
        if is_standing_by || self.shared.is_catching_up.load(Ordering::Relaxed) {
            return Ok(batch);
        }
        let what = self.what("taking over entries");
        let idle = claim_after.as_millis().to_string();
        let mut side = self.side();
        while batch.deliveries.len() < max {
            let count = (max - batch.deliveries.len()).to_string();
            let cursor = std::mem::replace(&mut side.cursor, START.to_owned());
            let parts: [&[u8]; 8] = [
                b"XAUTOCLAIM",
                topic.as_str().as_bytes(),
                group.as_bytes(),
                consumer.as_bytes(),
                idle.as_bytes(),
                cursor.as_bytes(),
                b"COUNT",
                count.as_bytes(),
            ];
            let reply = side.line.ask(&what, &Request::of(&parts)).map(reply::single);
            // The next read makes the group again.
            if reply.as_ref().is_ok_and(|reply| reply::code(reply) == Some(NO_GROUP)) {
                break;
            }
            let mut parts = match reply.and_then(|reply| reply::checked(&what, reply)) {
                Ok(reply) => reply::list(reply).into_iter(),
                // What was taken before is the program's. An error that lasts is told the next time.
                Err(_) if !batch.deliveries.is_empty() || !batch.trimmed.is_empty() => break,
                Err(error) => return Err(error),
            };
            let next = parts.next().and_then(reply::text).unwrap_or_else(|| START.to_owned());
            let entries = reply::entries(parts.next().unwrap_or(Value::Nil))?;
            let deleted = reply::ids(parts.next().unwrap_or(Value::Nil));
            batch.trimmed.extend(deleted.into_iter().filter(|id| !given.holds(*id)).map(EntryId::from));
            let entries = entries.into_iter().filter_map(|(id, message)| Some((id, message?))).collect();
            let entries = given.give(entries);
            batch
                .deliveries
                .extend(entries.into_iter().map(|(id, message)| reply::delivery(id, message, true)));
            if next == START {
                break;
            }
            side.cursor = next;
        }
        Ok(batch)
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        let Shared { subscription, given, .. } = &*self.shared;
        let idle = RELEASED.max(2 * subscription.claim_after);
        self.touch("handing back entries", entries, idle)?;
        given.forget(&StreamId::all(entries)?);
        Ok(())
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<u32, BusError> {
        let Shared { subscription: Subscription { topic, group, .. }, given, .. } = &*self.shared;
        let id = StreamId::of(entry)?;
        let what = self.what("marking an entry");
        let key = keys::marks(topic, group);
        let text = id.to_string();
        let mut request = Request::of(&[b"HINCRBY", key.as_bytes(), text.as_bytes(), b"1"]);
        request.command(&[b"EXPIRE", key.as_bytes(), REMEMBERED]);
        given.mark(id);
        let mut replies = self.side().line.ask(&what, &request)?.into_iter();
        let count = reply::checked(&what, replies.next().unwrap_or(Value::Nil))?;
        reply::checked(&what, replies.next().unwrap_or(Value::Nil))?;
        let count = reply::number(&count).and_then(|count| u32::try_from(count).ok());
        count.ok_or_else(|| BusError::new(ErrorKind::Refused, format!("{what}: `{key}` has no number")))
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        let Subscription { topic, group, .. } = &self.shared.subscription;
        if texts.is_empty() {
            return Ok(Vec::new());
        }
        let what = self.what("looking what was done");
        let mut request = Request::new();
        for text in texts {
            request.command(&[b"EXISTS", keys::done(topic, group, text).as_bytes()]);
        }
        let replies = self.side().line.ask_again(&what, &request)?;
        let known = replies.into_iter().map(|reply| {
            let reply = reply::checked(&what, reply)?;
            Ok(reply::number(&reply) == Some(1))
        });
        known.collect()
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        let Subscription { topic, group, .. } = &self.shared.subscription;
        let what = self.what("recording what was done");
        let key = keys::done(topic, group, text);
        // The value is the version of the record.
        let request = Request::of(&[b"SET", key.as_bytes(), b"1", b"EX", REMEMBERED]);
        reply::checked(&what, reply::single(self.side().line.ask_again(&what, &request)?))?;
        Ok(())
    }
}

/// The user may not run scripts at all. A command in a script that is refused has another text.
fn is_about_scripts(error: &::redis::ServerError) -> bool {
    let details = error.details().unwrap_or_default();
    error.code() == NO_PERMISSION && (details.contains("'evalsha'") || details.contains("'eval'"))
}

/// Gives the leases back. Without a connection they go when the server sees that it is gone.
impl Drop for StreamConsumer {
    fn drop(&mut self) {
        let side = self.side.get_mut().unwrap_or_else(PoisonError::into_inner);
        if side.line.is_open() {
            if let Some(active) = &self.shared.active {
                active.release(&mut side.line);
            }
            self.shared.name.release(&mut side.line);
        }
    }
}
