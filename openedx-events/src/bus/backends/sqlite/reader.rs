//! Reading for a group: [`Reader`].

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use rusqlite::{Connection as Sql, OptionalExtension, params};

use super::claim_batch::Record;
use super::claimant::Claimant;
use super::claims::{Claimed, Claims};
use super::clock;
use super::departed;
use super::fault::Fault;
use super::file::{BusFile, Connection, POLL};
use super::log;
use super::log::Log;
use super::options::Options;
use super::owner::Owner;
use super::parked::Parked;
use super::place::Place;
use super::retention;
use super::stop::StopDeadline;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{
    Batch, Consumer, Delivery, EntryId, EntryWrite, ParkedStore, StartAt, Subscription,
};
use crate::bus::message::dead_letter::DeadLetter;
use crate::sync;

/// How often a waiting reader looks for entries that others have left idle, at least.
const LOOK_FOR_IDLE: Duration = Duration::from_secs(1);

/// The number of entries that are removed at a time when there is nothing to read.
const IDLE_STEP: usize = 1000;

/// How long it is remembered what was processed: 8 days, in milliseconds.
const EXPIRY: i64 = 8 * 24 * 60 * 60 * 1000;

/// A consumer on a file.
pub(super) struct Reader {
    file: Arc<BusFile>,
    connection: Mutex<Connection>,
    pub(super) options: Arc<Options>,
    pub(super) subscription: Subscription,
    pub(super) owner: Owner,
    is_woken: AtomicBool,
    /// The group was created again, which the next read reports.
    is_group_new: AtomicBool,
    stop: StopDeadline,
}

/// The result of one look for entries.
#[derive(Default)]
struct Look {
    batch: Batch,
    /// There may be more to look at, or to remove, at once.
    is_unfinished: bool,
}

impl Reader {
    pub(super) fn join(
        file: &Arc<BusFile>,
        options: &Arc<Options>,
        subscription: &Subscription,
    ) -> Result<Self, BusError> {
        let stop = StopDeadline::default();
        let connection = file.connect(&stop)?;
        let owner = Owner::new(&file.clock.boot);
        connection.write("join a group", |sql| {
            let place = Place::find_or_create(sql, subscription, subscription.start, &owner)?;
            place.check_free(subscription, &owner)?;
            let mut update = sql.prepare_cached("UPDATE member SET owner = ?2 WHERE id = ?1")?;
            update.execute(params![place.member.id, owner.as_str()])?;
            departed::remove_gone(sql, place.group.id, place.member.id, &owner)?;
            // What it parked before it restarted is its own again.
            let claimant = Claimant::new(file, subscription, place.member.id);
            Parked::of(sql, place.group.id, claimant)?.renew()?;
            let mut claims = place.group.claims(sql)?;
            claims.restart(place.member.id);
            claims.save(sql)
        })?;
        Ok(Self {
            file: Arc::clone(file),
            connection: Mutex::new(connection),
            options: Arc::clone(options),
            subscription: subscription.clone(),
            owner,
            is_woken: AtomicBool::new(false),
            is_group_new: AtomicBool::new(false),
            stop,
        })
    }

    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        sync::lock(&self.connection)
    }

    pub(super) fn claimant(&self, member: i64) -> Claimant {
        Claimant::new(&self.file, &self.subscription, member)
    }

    /// Whether reading would find anything.
    fn is_worthwhile(&self, connection: &Connection) -> Result<bool, BusError> {
        connection.look("read", |sql| {
            let place = Place::find(sql, &self.subscription)?.filter(|place| place.member.is_of(&self.owner));
            let Some(place) = place else { return Ok(true) };
            let claimant = self.claimant(place.member.id);
            place.group.claims(sql)?.is_worthwhile(&place.log, claimant, place.parked_keys(sql))
        })
    }

    /// Acknowledges, and claims what there is.
    fn claim_now(&self, sql: &Sql, max: usize, done: &mut [i64]) -> Result<Look, Fault> {
        let mut place = Place::find_or_create(sql, &self.subscription, StartAt::Earliest, &self.owner)?;
        if !place.member.is_of(&self.owner) {
            let what = format!(
                "another process consumes as `{}` in the group `{}`: give each consumer a name of its own",
                self.subscription.consumer, self.subscription.group
            );
            return Err(Fault::Found(ErrorKind::Configuration, what));
        }
        let mut claims = place.group.claims(sql)?;
        claims.acknowledge(done);
        let claimant = self.claimant(place.member.id);
        let parked_keys = place.parked_keys(sql);
        let Claimed { mut batch, is_unfinished } =
            claims.claim(sql, &place.log, claimant, parked_keys, max)?;
        batch.is_group_new = place.is_group_new;
        claims.save(sql)?;
        let has_removed =
            batch.deliveries.is_empty() && retention::step(sql, &mut place.log, &self.options, IDLE_STEP)?;
        Ok(Look { batch, is_unfinished: is_unfinished || has_removed })
    }

    /// One look, if it is due or worthwhile.
    fn look(&self, max: usize, done: &mut [i64], is_due: bool) -> Result<Look, BusError> {
        let connection = self.connection();
        if is_due || self.is_worthwhile(&connection)? {
            connection.write("read", |sql| self.claim_now(sql, max, done))
        } else {
            Ok(Look::default())
        }
    }

    /// Waits until there may be something to read, or to do.
    fn pause(&self, changes: u64, until: Option<Instant>) -> Result<(), BusError> {
        let look = Instant::now() + self.subscription.claim_after.clamp(POLL, LOOK_FOR_IDLE);
        let until = until.map_or(look, |until| until.min(look));
        self.file.wait(changes, until).map_err(|fault| self.file.error(fault, "read"))
    }

    /// Writes for this consumer, if it still has its name.
    fn write<T>(
        &self,
        tried: &str,
        act: impl FnOnce(&Sql, &Place) -> Result<EntryWrite<T>, Fault>,
    ) -> Result<EntryWrite<T>, BusError> {
        self.connection().write(tried, |sql| {
            // Without its group an entry is nobody's: it is delivered again as a new one.
            let Some(place) = Place::find(sql, &self.subscription)? else { return Ok(EntryWrite::NoGroup) };
            if !place.member.is_of(&self.owner) {
                return Ok(EntryWrite::Claimed);
            }
            act(sql, &place)
        })
    }

    /// Changes the records of this consumer.
    fn change<T>(
        &self,
        tried: &str,
        act: impl FnOnce(&mut Claims, i64) -> EntryWrite<T>,
    ) -> Result<EntryWrite<T>, BusError> {
        self.write(tried, |sql, place| {
            let mut claims = place.group.own_claims(sql, &place.member)?;
            let written = act(&mut claims, place.member.id);
            claims.save_own(sql)?;
            Ok(written)
        })
    }

    /// Changes the record of an entry, if it is this consumer's.
    fn write_for<T>(
        &self,
        tried: &str,
        entry: &EntryId,
        write: impl FnOnce(&mut Record) -> T,
    ) -> Result<EntryWrite<T>, BusError> {
        let number = log::number(entry)?;
        self.change(tried, |claims, member| claims.write_for(number, member, write))
    }
}

impl Consumer for Reader {
    fn read(&self, max: usize, wait: Duration, done: &[EntryId]) -> Result<Batch, BusError> {
        let mut done = log::numbers(done)?;
        // A wait that never ends has no deadline.
        let deadline = Instant::now().checked_add(wait);
        let (mut is_group_new, mut is_due) = (false, !done.is_empty());
        loop {
            let changes = self.file.changes();
            let Look { mut batch, is_unfinished } = self.look(max, &mut done, is_due)?;
            done.clear();
            is_group_new |= batch.is_group_new | self.is_group_new.swap(false, Ordering::Relaxed);
            if batch.deliveries.is_empty() {
                self.connection().check_abandoned(self.options.abandoned_after);
            }
            let has_news = !batch.deliveries.is_empty() || !batch.trimmed.is_empty() || batch.missed > 0;
            let deadline = self.stop.limit(deadline);
            let is_late = deadline.is_some_and(|deadline| Instant::now() >= deadline);
            if has_news || is_late || max == 0 || self.is_woken.swap(false, Ordering::Relaxed) {
                batch.is_group_new = is_group_new;
                return Ok(batch);
            }
            is_due = is_unfinished;
            if !is_unfinished {
                self.pause(changes, deadline)?;
            }
        }
    }

    fn wake(&self) {
        self.is_woken.store(true, Ordering::Relaxed);
        self.file.notify();
    }

    fn acknowledge(&self, done: &[EntryId]) -> Result<(), BusError> {
        let mut done = log::numbers(done)?;
        if done.is_empty() {
            return Ok(());
        }
        // Whoever has them by now: they are done.
        self.connection().write("acknowledge", |sql| {
            let Some(place) = Place::find(sql, &self.subscription)? else { return Ok(()) };
            let mut claims = place.group.claims(sql)?;
            claims.acknowledge(&mut done);
            claims.save(sql)
        })
    }

    fn dead_letter(
        &self,
        delivery: &Delivery,
        dead_letter: &DeadLetter,
    ) -> Result<EntryWrite<Option<u64>>, BusError> {
        let number = log::number(&delivery.entry)?;
        let Subscription { topic, group, .. } = &self.subscription;
        let message = dead_letter.message(&delivery.message, group, delivery.entry.as_str());
        self.write("store a dead letter", |sql, place| {
            let mut claims = place.group.claims(sql)?;
            let written = claims.write_for(number, place.member.id, |_| ());
            let EntryWrite::Done(()) = written else { return Ok(written.map(|()| None)) };
            claims.acknowledge(&mut [number]);
            claims.save(sql)?;
            let mut dead_letters = Log::find_or_create(sql, &topic.dead_letters())?;
            dead_letters.append(sql, &[message])?;
            Ok(EntryWrite::Done(Some(dead_letters.len(sql)?)))
        })
    }

    fn renew(&self, entries: &[EntryId]) -> Result<Vec<EntryId>, BusError> {
        let numbers = log::numbers(entries)?;
        if numbers.is_empty() {
            return Ok(Vec::new());
        }
        let renew = |claims: &mut Claims, member| claims.renew(&numbers, self.claimant(member));
        let renewed =
            self.change("renew entries", |claims, member| EntryWrite::Done(renew(claims, member)))?;
        Ok(match renewed {
            EntryWrite::Done(lost) => lost.into_iter().map(log::id).collect(),
            EntryWrite::Claimed => entries.to_vec(),
            EntryWrite::NoGroup => Vec::new(),
        })
    }

    fn claim(&self, _: usize) -> Result<Batch, BusError> {
        Ok(Batch::default())
    }

    fn release(&self, entries: &[EntryId]) -> Result<(), BusError> {
        let numbers = log::numbers(entries)?;
        if numbers.is_empty() {
            return Ok(());
        }
        let released = self.change("release entries", |claims, member| {
            claims.release(&numbers, member);
            EntryWrite::Done(())
        })?;
        // What it does not have needs no release.
        let (EntryWrite::Done(()) | EntryWrite::Claimed | EntryWrite::NoGroup) = released;
        Ok(())
    }

    fn count_attempt(&self, entry: &EntryId) -> Result<EntryWrite<u32>, BusError> {
        self.write_for("count an attempt", entry, |record| {
            record.attempts = record.attempts.saturating_add(1);
            record.attempts
        })
    }

    fn attempt_returned(&self, entry: &EntryId) -> Result<EntryWrite<()>, BusError> {
        self.write_for("record that an attempt returned", entry, |record| {
            record.attempts = record.attempts.saturating_sub(1);
        })
    }

    fn processed(&self, texts: &[String]) -> Result<Vec<bool>, BusError> {
        self.connection().look("look up what was processed", |sql| {
            let Some(place) = Place::find(sql, &self.subscription)? else {
                return Ok(vec![false; texts.len()]);
            };
            let mut statement = sql.prepare_cached("SELECT 1 FROM recorded WHERE grp = ?1 AND text = ?2")?;
            let is_processed = |text: &String| Ok(statement.exists(params![place.group.id, text])?);
            texts.iter().map(is_processed).collect()
        })
    }

    fn mark_processed(&self, text: &str) -> Result<(), BusError> {
        self.connection().write("record what was processed", |sql| {
            let place = Place::find_or_create(sql, &self.subscription, StartAt::Earliest, &self.owner)?;
            if place.is_group_new {
                self.is_group_new.store(true, Ordering::Relaxed);
            }
            let now = clock::wall();
            sql.prepare_cached("INSERT OR REPLACE INTO recorded (grp, text, at) VALUES (?1, ?2, ?3)")?
                .execute(params![place.group.id, text, now])?;
            forget(sql, now)
        })
    }

    fn parked(&self) -> Option<&dyn ParkedStore> {
        Some(self)
    }

    fn stop_by(&self, deadline: Instant) {
        self.stop.set(deadline);
        self.file.wake_all();
    }
}

/// Frees the consumer's name for other processes, and what it has parked for other consumers. One that has left nothing
/// is not listed any more.
impl Drop for Reader {
    fn drop(&mut self) {
        let freed = self.connection().write("leave a group", |sql| departed::leave(sql, &self.owner));
        if let Err(error) = freed {
            tracing::debug!(%error, "cannot free the name of a consumer; it is free when this process ends");
        }
    }
}

/// Forgets two old records of what was processed: more than are added.
fn forget(sql: &Sql, now: i64) -> Result<(), Fault> {
    for _ in 0..2 {
        let mut oldest =
            sql.prepare_cached("SELECT grp, text FROM recorded WHERE at < ?1 ORDER BY at LIMIT 1")?;
        let oldest = oldest
            .query_row([now.saturating_sub(EXPIRY)], |row| {
                Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?))
            })
            .optional()?;
        let Some((group, text)) = oldest else { break };
        let mut delete = sql.prepare_cached("DELETE FROM recorded WHERE grp = ?1 AND text = ?2")?;
        delete.execute(params![group, text])?;
    }
    Ok(())
}
