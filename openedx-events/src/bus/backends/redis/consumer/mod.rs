//! One consumer of a group: [`StreamConsumer`].
//!
//! The way of an entry: [`reader`] gets it from the server, in the [`stage`] that the consumer is in, and notes it as
//! [`held`]; [`idle_time`] renews it while the program works on it; [`acknowledge`] or [`dead_letter`] ends it. [`claim`]
//! gets entries that other consumers have left. What waits for a receiver can be [`parked`] until it runs.

mod acknowledge;
mod call;
mod claim;
mod dead_letter;
mod departed;
mod held;
mod idle_time;
pub(super) mod lease;
mod leases;
mod member;
mod membership;
mod owner;
mod parked;
mod read_count;
mod reader;
mod records;
mod releases;
mod retention;
mod stage;
mod trim_limit;
mod upkeep;
mod wake;

use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use ::redis::Value;

use super::failure::NO_PERMISSION;
use super::link::Link;
use super::request::Request;
use super::server::Server;
use super::stop_time::StopTime;
use super::stream_id::StreamId;
use super::{group, reply};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Batch, Consumer, Delivery, EntryId, EntryWrite, ParkedStore, Subscription};
use crate::bus::message::dead_letter::DeadLetter;
use crate::sync;
use claim::IdleEntries;
use leases::Leases;
use member::Member;
use parked::Parked;
use reader::Reader;

/// A consumer with two connections: one on which a read waits, and one for everything else.
pub(super) struct StreamConsumer {
    member: Arc<Member>,
    reader: Mutex<Reader>,
    side: Arc<Mutex<Link>>,
    idle_entries: Mutex<IdleEntries>,
    /// `None` if the user has no right to park.
    parked: Option<Parked>,
}

/// Maximum number of arguments of a script: Lua has them on a stack of 8,000.
const MAX_IN_SCRIPT: usize = 2000;
/// How long a woken read is looked after until it has ended.
const MAX_WAKING: Duration = Duration::from_secs(5);

impl StreamConsumer {
    pub(super) fn new(server: &Arc<Server>, subscription: &Subscription) -> Result<Self, BusError> {
        let Subscription { topic, group, start, .. } = subscription;
        let stop = StopTime::default();
        let new_link = || Link::until(Arc::clone(server), stop.clone());
        let (mut link, mut side) = (new_link(), new_link());
        let connection = link.connect()?;
        let leases = Leases::new(subscription, server.options.single_active, &mut link, connection)?;
        leases.acquire_name(&mut side, subscription)?;
        let created = group::create(&mut side, topic, group, *start);
        let can_unblock = created.and_then(|_| can_unblock(&mut side, connection));
        let may = can_unblock.and_then(|unblock| Ok((unblock, parked::may_park(&mut side, subscription)?)));
        let (can_unblock, may_park) = may.inspect_err(|_| leases.release_name(&mut side))?;
        let member = Arc::new(Member::new(subscription.clone(), leases, can_unblock, stop));
        let reader = Mutex::new(Reader::new(Arc::clone(&member), link));
        let side = Arc::new(Mutex::new(side));
        let parked = may_park.then(|| Parked::new(Arc::clone(&member), Arc::clone(&side)));
        Ok(Self { member, reader, side, idle_entries: Mutex::new(IdleEntries::new()), parked })
    }

    fn side(&self) -> MutexGuard<'_, Link> {
        sync::lock(&self.side)
    }
}

/// Whether the user may end the waiting of another connection. This one does not wait.
fn can_unblock(link: &mut Link, connection: i64) -> Result<bool, BusError> {
    let what = "checking whether reads can be ended";
    let request = Request::of(&[b"CLIENT", b"UNBLOCK", connection.to_string().as_bytes()]);
    let reply = reply::single(link.ask_again(what, &request)?);
    if reply::code(&reply) == Some(NO_PERMISSION) {
        return Ok(false);
    }
    reply::checked(what, reply).map(|_| true)
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
        let wake = &self.member.wake;
        wake.wake();
        let start = Instant::now();
        // The read may be on its way to the server and not wait there yet.
        while let Some(connection) = wake.blocked().filter(|_| start.elapsed() < MAX_WAKING) {
            let request = Request::of(&[b"CLIENT", b"UNBLOCK", connection.to_string().as_bytes()]);
            let reply = self.side().ask_again("ending a read", &request).map(reply::single);
            match reply {
                Ok(Value::Int(0)) => thread::sleep(Duration::from_millis(1)),
                // It is ended, or ends by itself when its connection does.
                _ => return,
            }
        }
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        acknowledge::send(&mut self.side(), &self.member, &StreamId::all(done)?)
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        dead_letter::store(&mut self.side(), &self.member, delivery, dead_letter)
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        let mut side = self.side();
        self.member.leases.renew(&mut side, &self.member.subscription)?;
        idle_time::renew(&mut side, &self.member, entries)
    }

    fn claim(&self, max: usize) -> Result<Batch, BusError> {
        if !self.member.may_claim() {
            return Ok(Batch::default());
        }
        let idle = self.member.subscription.claim_after;
        sync::lock(&self.idle_entries).claim(&mut self.side(), &self.member, idle, max)
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        idle_time::release(&mut self.side(), &self.member, entries)
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        records::count_attempt(&mut self.side(), &self.member, entry)
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        records::attempt_returned(&mut self.side(), &self.member, entry)
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        records::processed(&mut self.side(), &self.member, texts)
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        records::mark_processed(&mut self.side(), &self.member, text)
    }

    fn parked(&self) -> Option<&dyn ParkedStore> {
        self.parked.as_ref().map(|parked| parked as &dyn ParkedStore)
    }

    fn is_standby(&self) -> bool {
        self.member.leases.is_standby()
    }

    fn stop_by(&self, deadline: Instant) {
        self.member.stop.set(deadline);
    }
}

/// Leaves the group and gives the leases back, unless the time to stop is over. Without a connection they go when the
/// server sees that it is gone.
impl Drop for StreamConsumer {
    fn drop(&mut self) {
        let mut side = self.side();
        if side.is_open() {
            departed::leave(&mut side, &self.member);
            self.member.leases.release(&mut side);
        }
    }
}
