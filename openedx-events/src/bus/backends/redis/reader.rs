//! Reading a stream for a group: [`Reader`].

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use ::redis::Value;

use super::connection::Line;
use super::consumer;
use super::consumer::Shared;
use super::failure::{NO_GROUP, UNBLOCKED};
use super::lease::Owner;
use super::position::{Position, Stream};
use super::reply;
use super::reply::Entry;
use super::request::Request;
use super::retention::Retention;
use super::stream_id::StreamId;
use super::trim_limit::Limit;
use super::{group, scripts};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Batch, EntryId, StartAt, Subscription};

/// The reading half of a consumer.
pub(super) struct Reader {
    shared: Arc<Shared>,
    line: Line,
    /// The last of the line's connections that was seen. Others may have made one in between.
    seen: u64,
    /// Behind which of the consumer's own pending entries to go on; `None` when it has had them all.
    backlog: Option<StreamId>,
    /// When to look after the leases, and for what was trimmed.
    due: Instant,
    /// Entries that were gone before they were read and that could not be settled on the server.
    unsettled: u64,
    /// What was found out in a read that failed, for the next one to tell. It has no entries.
    untold: Batch,
    is_moved: bool,
    kept: Kept,
    /// `None` if nothing is to be removed.
    retention: Option<Retention>,
    /// `None` if the stream is not cut, as far as it is known.
    limit: Option<Limit>,
}

/// What the server has last written down of how many entries the group has read.
#[derive(PartialEq, Eq)]
enum Kept {
    Nothing,
    Count(u64),
    /// The user may not.
    Refused,
}

/// How often the leases and what was trimmed are looked after. A wait on the server is no longer, so that a server that has
/// gone away is noticed in that time.
const UPKEEP: Duration = Duration::from_secs(5);
/// How long a wait on the server is if it cannot be ended.
const SHORT: Duration = Duration::from_millis(100);
/// How often one that stands by looks whether it may read.
const STANDBY: Duration = Duration::from_secs(1);
/// In one read, a group is made again so often.
const MOST_GROUPS: usize = 3;

impl Reader {
    pub(super) fn new(shared: Arc<Shared>, line: Line) -> Self {
        let (backlog, seen) = (Some(StreamId::ZERO), line.connections());
        let limit = line.options().stream_max_len.map(Limit::new);
        let retention = Retention::new(line.options().retention, &shared.subscription.topic);
        Self {
            shared,
            line,
            seen,
            backlog,
            due: Instant::now(),
            unsettled: 0,
            untold: Batch::default(),
            is_moved: false,
            kept: Kept::Nothing,
            retention,
            limit,
        }
    }

    pub(super) fn read(&mut self, max: usize, wait: Duration, done: &[StreamId]) -> Result<Batch, BusError> {
        let mut batch = std::mem::take(&mut self.untold);
        let result = self.read_into(&mut batch, max, Instant::now() + wait, done);
        self.shared.wake.end();
        match result {
            Ok(()) => Ok(batch),
            Err(error) => {
                // The server may have handed entries to a request whose reply was not read.
                self.begin_again();
                self.untold = batch;
                Err(error)
            }
        }
    }

    fn read_into(
        &mut self,
        batch: &mut Batch,
        max: usize,
        deadline: Instant,
        done: &[StreamId],
    ) -> Result<(), BusError> {
        let (mut done, mut groups, mut was_woken) = (done, 0, false);
        loop {
            let connection = self.connect()?;
            if Instant::now() >= self.due {
                batch.missed += self.upkeep()?;
                self.due = Instant::now() + UPKEEP;
            }
            if !self.may_read()? {
                self.acknowledge(done)?;
                done = &[];
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() || self.shared.wake.sleep(left.min(STANDBY)) {
                    return Ok(());
                }
                continue;
            }
            // The connection was lost in between, and there is something to do first.
            if self.seen != self.line.connections() || !self.line.is_open() {
                continue;
            }
            let is_news = batch.missed > 0 || batch.is_group_new;
            let wait = if is_news || was_woken { Duration::ZERO } else { self.wait(deadline) };
            let is_waiting = !wait.is_zero() && self.begin_waiting(connection);
            let wait = if is_waiting { wait } else { Duration::ZERO };
            let is_for_new = self.backlog.is_none();
            let reply = self.ask(max, wait, done);
            was_woken |= self.shared.wake.end();
            let reply = reply?;
            done = &[];
            if matches!(reply::code(&reply), Some(NO_GROUP | UNBLOCKED)) && groups < MOST_GROUPS {
                batch.is_group_new |= self.make_group()?;
                groups += 1;
                continue;
            }
            let what = self.what();
            let entries = reply::stream_entries(reply::checked(&what, reply)?)?;
            self.take(entries, batch)?;
            let is_over = was_woken || Instant::now() >= deadline;
            let is_something = !batch.deliveries.is_empty() || !batch.trimmed.is_empty();
            if is_something || (is_for_new && (is_news || is_over)) {
                return Ok(());
            }
        }
    }

    /// The connection's number.
    fn connect(&mut self) -> Result<i64, BusError> {
        let connection = self.line.connect()?;
        if self.seen != self.line.connections() {
            let Shared { name, active, .. } = &*self.shared;
            name.name(&mut self.line, connection)?;
            if let Some(active) = active {
                active.same_connection(name);
            }
            self.begin_again();
            self.due = Instant::now();
            self.seen = self.line.connections();
        }
        Ok(connection)
    }

    /// The consumer's own pending entries come first, in their order. Until it has had them, none is taken over, as that would
    /// be some of them, out of order.
    fn begin_again(&mut self) {
        self.backlog = Some(StreamId::ZERO);
        self.shared.is_catching_up.store(true, Ordering::Relaxed);
    }

    fn catch_up(&mut self) {
        self.backlog = None;
        self.shared.is_catching_up.store(false, Ordering::Relaxed);
    }

    /// How long to wait on the server.
    fn wait(&self, deadline: Instant) -> Duration {
        if self.backlog.is_some() {
            return Duration::ZERO;
        }
        let (now, longest) = (Instant::now(), if self.shared.can_unblock { UPKEEP } else { SHORT });
        let until = deadline.min(self.due);
        until.saturating_duration_since(now).min(longest)
    }

    fn begin_waiting(&self, connection: i64) -> bool {
        self.shared.wake.begin(connection)
    }

    /// Acknowledges what is done and asks for entries, in one go.
    fn ask(&mut self, max: usize, wait: Duration, done: &[StreamId]) -> Result<Value, BusError> {
        let what = self.what();
        let Shared { subscription, given, .. } = &*self.shared;
        let Subscription { topic, group, consumer, .. } = subscription;
        let mut request = Request::new();
        let acknowledgements = consumer::acknowledge(&mut request, subscription, done, &given.marked(done));
        let max = max.to_string();
        // Rounded up: a wait of nothing would be one without an end.
        let block = wait.as_micros().div_ceil(1000).to_string();
        let block: &[&[u8]] = if wait.is_zero() { &[] } else { &[b"BLOCK", block.as_bytes()] };
        let from = self.backlog.map_or_else(|| ">".to_owned(), |id| id.to_string());
        request
            .begin(9 + block.len())
            .parts(&[
                b"XREADGROUP",
                b"GROUP",
                group.as_bytes(),
                consumer.as_bytes(),
                b"COUNT",
                max.as_bytes(),
            ])
            .parts(block)
            .parts(&[b"STREAMS", topic.as_str().as_bytes(), from.as_bytes()]);
        let mut replies = self.line.ask_for(&what, &request, wait)?.into_iter();
        for reply in replies.by_ref().take(acknowledgements) {
            reply::checked(&what, reply)?;
        }
        given.forget(done);
        Ok(replies.next().unwrap_or(Value::Nil))
    }

    fn acknowledge(&mut self, done: &[StreamId]) -> Result<(), BusError> {
        let what = self.what();
        let Shared { subscription, given, .. } = &*self.shared;
        let mut request = Request::new();
        if consumer::acknowledge(&mut request, subscription, done, &given.marked(done)) == 0 {
            return Ok(());
        }
        for reply in self.line.ask_again(&what, &request)? {
            reply::checked(&what, reply)?;
        }
        given.forget(done);
        Ok(())
    }

    /// Hands out what the program does not hold already, and acknowledges what is no longer there.
    fn take(&mut self, entries: Vec<Entry>, batch: &mut Batch) -> Result<(), BusError> {
        let is_redelivered = self.backlog.is_some();
        if is_redelivered {
            match entries.last() {
                Some((last, _)) => self.backlog = Some(*last),
                None => self.catch_up(),
            }
        }
        let Shared { given, .. } = &*self.shared;
        let mut trimmed = Vec::new();
        let mut there = Vec::with_capacity(entries.len());
        for (id, message) in entries {
            match message {
                Some(message) => there.push((id, message)),
                None if given.holds(id) => {}
                None => trimmed.push(id),
            }
        }
        self.acknowledge(&trimmed)?;
        batch.trimmed.extend(trimmed.into_iter().map(EntryId::from));
        let there = self.shared.given.give(there);
        batch
            .deliveries
            .extend(there.into_iter().map(|(id, message)| reply::delivery(id, message, is_redelivered)));
        Ok(())
    }

    /// The group is gone. It is made again at the first entry: where it stood is not known any more, and the ids may have
    /// begun anew. `false` if another consumer was faster.
    fn make_group(&mut self) -> Result<bool, BusError> {
        let Subscription { topic, group, .. } = &self.shared.subscription;
        let is_new = group::create(&mut self.line, topic, group, StartAt::Earliest)?;
        if is_new {
            tracing::error!(%topic, group, "the group was gone; it is made again, and reads from the first entry");
        }
        // It has nothing pending.
        self.catch_up();
        self.unsettled = 0;
        Ok(is_new)
    }

    /// Shows that the consumer lives, removes what is done, and gives how many entries were gone before the group read them.
    fn upkeep(&mut self) -> Result<u64, BusError> {
        let Shared { subscription, name, active, .. } = &*self.shared;
        if !name.renew(&mut self.line)? {
            return Err(consumer::taken(subscription));
        }
        if let Some(active) = active.as_ref().filter(|active| active.is_ours()) {
            active.set_ours(active.renew(&mut self.line)?);
        }
        // Before the other, which is told only once what it finds.
        if let Some(retention) = &mut self.retention {
            retention.apply(&mut self.line, &self.shared.subscription.topic)?;
        }
        self.missed()
    }

    fn missed(&mut self) -> Result<u64, BusError> {
        let Subscription { topic, group, .. } = &self.shared.subscription;
        let what = format!("looking how far the group `{group}` of `{topic}` has come");
        let Some((stream, positions)) = group::look(&mut self.line, topic, &what)? else { return Ok(0) };
        let Some(position) = positions.into_iter().find(|position| position.group == *group) else {
            return Ok(0);
        };
        if position.read.is_none() != self.is_moved {
            self.is_moved = position.read.is_none();
            group::warn_if_moved(topic, &position);
        }
        if let Some(limit) = &mut self.limit {
            limit.look(topic, &stream, &position);
        }
        let Some((missed, should)) = position.missed(&stream) else {
            self.keep_count(&what, &stream, &position)?;
            return Ok(0);
        };
        match self.settle(&what, &position, should)? {
            Value::Int(1) => {}
            // Somebody has read or settled it in the meantime. What is still missing is seen the next time.
            Value::Int(_) => return Ok(0),
            // The user may not, so it is kept here.
            _ => {
                let news = missed.saturating_sub(self.unsettled);
                self.unsettled = missed;
                return Ok(self.warn_of_missed(news));
            }
        }
        let news = missed.saturating_sub(std::mem::take(&mut self.unsettled));
        Ok(self.warn_of_missed(news))
    }

    /// Has the server write down how many entries the group has read, which Redis 7.0 does not by itself: when it starts
    /// again it would count too few, and what is gone from the stream would be taken for lost.
    fn keep_count(&mut self, what: &str, stream: &Stream, position: &Position) -> Result<(), BusError> {
        let news = position.read.filter(|read| stream.removed() > 0 && self.kept != Kept::Count(*read));
        let Some(read) = news.filter(|_| self.kept != Kept::Refused) else { return Ok(()) };
        match self.settle(what, position, read)? {
            Value::Int(1) => self.kept = Kept::Count(read),
            // Somebody has read meanwhile.
            Value::Int(_) => {}
            _ => self.kept = Kept::Refused,
        }
        Ok(())
    }

    /// Tells the server how many entries the group has read, if it stands where it stood; what it replies.
    fn settle(&mut self, what: &str, position: &Position, should: u64) -> Result<Value, BusError> {
        let Subscription { topic, group, .. } = &self.shared.subscription;
        let (delivered, read) =
            (position.delivered.to_string(), position.read.unwrap_or_default().to_string());
        let should = should.to_string();
        let arguments = [group.as_bytes(), delivered.as_bytes(), read.as_bytes(), should.as_bytes()];
        self.line.run(what, &scripts::SETTLE, &[topic.as_str().as_bytes()], &arguments)
    }

    fn warn_of_missed(&self, missed: u64) -> u64 {
        let Subscription { topic, group, .. } = &self.shared.subscription;
        if missed > 0 {
            tracing::error!(%topic, group, missed, "entries were trimmed before the group read them");
        }
        missed
    }

    /// Whether this consumer is the one that reads, where only one does. One that becomes it takes over everything that is
    /// pending first, since it comes before what is new.
    fn may_read(&mut self) -> Result<bool, BusError> {
        let Some(active) = &self.shared.active else { return Ok(true) };
        if active.is_ours() {
            return Ok(true);
        }
        if active.take(&mut self.line)? != Owner::Us {
            return Ok(false);
        }
        let Subscription { topic, group, consumer, .. } = &self.shared.subscription;
        let what = format!("taking over the group `{group}` of `{topic}`");
        let mut cursor = "0-0".to_owned();
        loop {
            let parts: [&[u8]; 9] = [
                b"XAUTOCLAIM",
                topic.as_str().as_bytes(),
                group.as_bytes(),
                consumer.as_bytes(),
                b"0",
                cursor.as_bytes(),
                b"COUNT",
                b"1000",
                b"JUSTID",
            ];
            let reply = reply::single(self.line.ask_again(&what, &Request::of(&parts))?);
            if reply::code(&reply) == Some(NO_GROUP) {
                break;
            }
            let next = reply::list(reply::checked(&what, reply)?).into_iter().next().and_then(reply::text);
            match next.filter(|next| next != "0-0") {
                Some(next) => cursor = next,
                None => break,
            }
        }
        active.set_ours(true);
        self.begin_again();
        Ok(true)
    }

    fn what(&self) -> String {
        let Subscription { topic, group, .. } = &self.shared.subscription;
        format!("reading `{topic}` for the group `{group}`")
    }
}
