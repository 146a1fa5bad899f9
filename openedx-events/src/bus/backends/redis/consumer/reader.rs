//! Reading a stream for a group: [`Reader`].

use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::Value;

use super::acknowledge;
use super::call::Call;
use super::claim::{self, IdleEntries};
use super::member::Member;
use super::parked;
use super::releases::{self, Releases};
use super::stage::Stage;
use super::upkeep::{self, Upkeep};
use crate::bus::backends::redis::failure::{NO_GROUP, UNBLOCKED};
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::reply::Entry;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::stream_id::StreamId;
use crate::bus::backends::redis::{group, reply};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Batch, EntryId, StartAt, Subscription};

/// The reading half of a consumer.
pub(super) struct Reader {
    member: Arc<Member>,
    link: Link,
    /// The connection of the link that was named last, with the stage reset. Any request may make another one.
    connection: u64,
    stage: Stage,
    releases: Releases,
    upkeep: Upkeep,
    /// What a read that failed has found out, for the next one to report. It has no entries.
    unreported: Batch,
}

/// The longest wait that cannot be ended.
const SHORT_WAIT: Duration = Duration::from_millis(100);
/// How often a consumer that stands by tries to become the active one.
const STANDBY_INTERVAL: Duration = Duration::from_secs(1);

impl Reader {
    /// A reader whose connection is made and named.
    pub(super) fn new(member: Arc<Member>, link: Link) -> Self {
        let stage = Stage::new(link.options().single_active);
        member.set_stage(stage);
        let upkeep = Upkeep::new(link.options(), &member.subscription);
        let connection = link.connections();
        Self {
            member,
            link,
            connection,
            stage,
            releases: Releases::new(),
            upkeep,
            unreported: Batch::default(),
        }
    }

    pub(super) fn read(&mut self, max: usize, wait: Duration, done: &[StreamId]) -> Result<Batch, BusError> {
        let deadline = self.member.stop.or(Instant::now() + wait);
        let mut call = Call::new(max, deadline, done, std::mem::take(&mut self.unreported));
        let result = self.serve(&mut call);
        self.member.wake.end();
        match result {
            Ok(()) => Ok(call.batch),
            Err(error) => {
                // The server may have handed entries to a request whose reply was not read.
                self.enter(self.stage.lost());
                self.unreported = call.batch;
                Err(error)
            }
        }
    }

    fn serve(&mut self, call: &mut Call<'_>) -> Result<(), BusError> {
        loop {
            let connection = self.connect()?;
            call.batch.missed += self.upkeep.run(&mut self.link, &self.member)?;
            let was_standby = self.stage == Stage::Standby;
            let Some(start) = self.activate()?.start() else {
                self.acknowledge(call.done)?;
                call.done = &[];
                if self.stand_by(call.deadline) {
                    return Ok(());
                }
                continue;
            };
            // The connection was lost in between, and there is something to do first.
            if self.connection != self.link.connections() || !self.link.is_open() {
                if call.may_begin_again() {
                    continue;
                }
                let what =
                    format!("{}: the server closes each connection before anything is read", self.what());
                return Err(BusError::new(ErrorKind::Unreachable, what));
            }
            // What others have parked comes before what is read, and is claimed before the next read.
            if was_standby && parked::is_of_others(&mut self.link, &self.member)? {
                return self.acknowledge(call.done);
            }
            if self.releases.is_found() && self.member.may_claim() {
                self.claim_released(call)?;
                if !call.batch.deliveries.is_empty() {
                    return Ok(());
                }
            }
            let asked = self.stage;
            let reply = self.ask(call, &start, connection)?;
            let is_group_lost = matches!(reply::code(&reply), Some(NO_GROUP | UNBLOCKED));
            if is_group_lost {
                self.member.held.lose_group();
            }
            if is_group_lost && call.may_create_group() {
                call.batch.is_group_new |= self.create_group()?;
                continue;
            }
            let entries = reply::stream_entries(reply::checked(&self.what(), reply)?)?;
            self.deliver(entries, &mut call.batch)?;
            if call.is_over(asked, Instant::now()) {
                return Ok(());
            }
        }
    }

    /// The connection's number on the server.
    fn connect(&mut self) -> Result<i64, BusError> {
        let connection = self.link.connect()?;
        if self.connection != self.link.connections() {
            self.member.leases.set_connection(&mut self.link, connection)?;
            self.enter(self.stage.lost());
            self.upkeep.due = Instant::now();
            self.connection = self.link.connections();
        }
        Ok(connection)
    }

    fn enter(&mut self, stage: Stage) {
        self.stage = stage;
        self.member.set_stage(stage);
    }

    /// Becomes the active consumer, where only one is and if none is. One that becomes it claims everything that is pending,
    /// since that comes before what is new.
    fn activate(&mut self) -> Result<Stage, BusError> {
        // The stage counts as well: just after the lease was lost here, a heartbeat on the other connection may say that it is
        // ours. A consumer that stands by becomes the active one here alone.
        if self.stage == Stage::Standby || self.member.leases.is_standby() {
            self.enter(Stage::Standby);
            if self.member.leases.try_active(&mut self.link)? {
                claim::everything(&mut self.link, &self.member)?;
                self.member.leases.activate();
                self.enter(Stage::activated());
            }
        }
        Ok(self.stage)
    }

    /// Waits until it is time to try again to become the active consumer. Returns whether the call is over.
    fn stand_by(&self, deadline: Instant) -> bool {
        let next_try = Instant::now() + STANDBY_INTERVAL;
        loop {
            // The stop may be announced while this waits.
            let now = Instant::now();
            let deadline = self.member.stop.or(deadline);
            if now >= deadline {
                return true;
            }
            if now >= next_try {
                return false;
            }
            if self.member.wake.sleep((deadline.min(next_try) - now).min(SHORT_WAIT)) {
                return true;
            }
        }
    }

    /// Acknowledges what is done and asks for entries, in one request.
    fn ask(&mut self, call: &mut Call<'_>, start: &str, connection: i64) -> Result<Value, BusError> {
        let longest = if self.member.can_unblock { self.releases.longest_wait() } else { SHORT_WAIT };
        let longest = longest.min(upkeep::INTERVAL);
        let wait = call.wait(self.stage, Instant::now(), self.upkeep.due).min(longest);
        let is_waiting = !wait.is_zero() && self.member.wake.begin(connection);
        let reply = self.request(call, start, if is_waiting { wait } else { Duration::ZERO });
        call.is_woken |= self.member.wake.end();
        let reply = reply?;
        call.done = &[];
        Ok(reply)
    }

    fn request(&mut self, call: &Call<'_>, start: &str, wait: Duration) -> Result<Value, BusError> {
        let what = self.what();
        let Subscription { group, consumer, .. } = &self.member.subscription;
        let mut request = Request::new();
        let acknowledgements = acknowledge::add_commands(&mut request, &self.member, call.done);
        let joining = self.member.membership.join(&mut request, &self.member.subscription);
        let max = call.max.to_string();
        // Rounded up: a wait of nothing would be one without an end.
        let block = wait.as_micros().div_ceil(1000).to_string();
        let block: &[&[u8]] = if wait.is_zero() { &[] } else { &[b"BLOCK", block.as_bytes()] };
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
            .parts(&[b"STREAMS", self.member.stream(), start.as_bytes()]);
        // When the server replies, it has waited for new entries.
        let is_looking = self.member.may_claim() && self.releases.is_due(Instant::now());
        if is_looking {
            Releases::add_command(&mut request, &self.member);
        }
        if self.stage != Stage::Following {
            self.member.held.ask_for_pending();
        }
        self.link.send(&what, &request)?;
        // These arrive before the server waits.
        let replies = self.link.receive(&what, acknowledgements + joining.commands())?;
        let mut replies = replies.into_iter();
        let mut acknowledged = Ok(());
        for reply in replies.by_ref().take(acknowledgements) {
            acknowledged = acknowledged.and(reply::checked(&what, reply).map(drop));
        }
        let joined = joining.joined(&what, replies, &self.member.held);
        // Whatever they say, the others are read, or they would be taken for those to the next request.
        let replies = self.link.receive_for(&what, 1 + usize::from(is_looking), wait);
        acknowledged?;
        self.member.held.remove(call.done);
        joined?;
        let mut replies = replies?.into_iter();
        let entries = replies.next().unwrap_or(Value::Nil);
        if is_looking {
            self.releases.looked(replies.next().unwrap_or(Value::Nil), Instant::now());
        }
        Ok(entries)
    }

    /// Claims what others have released.
    fn claim_released(&mut self, call: &mut Call<'_>) -> Result<(), BusError> {
        self.acknowledge(call.done)?;
        call.done = &[];
        let idle = releases::min_idle_time(&self.member.subscription);
        let batch = IdleEntries::new().claim(&mut self.link, &self.member, idle, call.max)?;
        self.releases.claimed(batch.deliveries.len(), call.max);
        call.batch.trimmed.extend(batch.trimmed);
        call.batch.deliveries.extend(batch.deliveries);
        Ok(())
    }

    fn acknowledge(&mut self, done: &[StreamId]) -> Result<(), BusError> {
        acknowledge::send(&mut self.link, &self.member, done)
    }

    /// Hands out what the program does not hold already, and acknowledges what is no longer in the stream.
    fn deliver(&mut self, entries: Vec<Entry>, batch: &mut Batch) -> Result<(), BusError> {
        let is_redelivered = self.stage.is_redelivered();
        self.enter(self.stage.after_page(entries.last().map(|(last, _)| *last)));
        let mut trimmed = Vec::new();
        let mut present = Vec::with_capacity(entries.len());
        for (id, message) in entries {
            match message {
                Some(message) => present.push((id, message)),
                None if self.member.held.contains(id) => {}
                None => trimmed.push(id),
            }
        }
        self.acknowledge(&trimmed)?;
        batch.trimmed.extend(trimmed.into_iter().map(EntryId::from));
        let new = self.member.held.add(present).into_iter();
        batch.deliveries.extend(new.map(|(id, message)| reply::delivery(id, message, is_redelivered)));
        Ok(())
    }

    /// The group is lost. It is created again at the first entry: its position is lost, and the ids may have started again.
    /// Returns `false` if another consumer was faster.
    fn create_group(&mut self) -> Result<bool, BusError> {
        let Subscription { topic, group, .. } = &self.member.subscription;
        let is_new = group::create(&mut self.link, topic, group, StartAt::Earliest)?;
        if is_new {
            tracing::error!(%topic, group, "the group was lost; it is created again and reads from the first entry");
        }
        // It has nothing pending.
        self.enter(Stage::Following);
        self.upkeep.read_count.reset();
        Ok(is_new)
    }

    fn what(&self) -> String {
        self.member.task("reading")
    }
}
