//! A right that one process has at a time: [`Lease`].

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;

use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::reply;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::scripts;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::random;
use ::redis::Value;

/// How long a lease outlives the last heartbeat: three intervals.
const LIFE: Duration = Duration::from_secs(45);

/// A key whose value names the owner, and that expires when the owner sends no heartbeat.
///
/// It names the owner's connection as well. So the lease of a dead owner is free as soon as the server has seen its
/// connection end, and not only when the lease expires.
pub(super) struct Lease {
    key: String,
    token: String,
    /// The number of the owner's connection; 0 if others could not tell it from another connection.
    connection: AtomicI64,
    is_ours: AtomicBool,
}

/// What is left of a lease, at most, when its owner has sent no heartbeat for this time. `None` if the lease has expired by then.
pub(super) fn time_left_after(silence: Duration) -> Option<Duration> {
    LIFE.checked_sub(silence)
}

/// Who has a lease.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Owner {
    Us,
    /// Another process, whose connection exists.
    Alive,
    /// Another process, of which no more is known.
    Unknown,
}

impl Lease {
    pub(super) fn new(key: String) -> Self {
        let (high, low) = random::bits();
        let token = format!("{high:016x}{low:016x}");
        Self { key, token, connection: AtomicI64::new(0), is_ours: AtomicBool::new(false) }
    }

    /// Names the reader's connection, so that others can see that it exists.
    pub(super) fn name_connection(&self, link: &mut Link, connection: i64) -> Result<(), BusError> {
        let name = connection_name(&self.token);
        let request = Request::of(&[b"CLIENT", b"SETNAME", name.as_bytes()]);
        let reply = reply::single(link.ask("naming the connection", &request)?);
        let is_named = matches!(reply, Value::Okay);
        self.connection.store(if is_named { connection } else { 0 }, Ordering::Relaxed);
        Ok(())
    }

    /// Takes over the connection of another lease of the same process.
    pub(super) fn copy_connection(&self, other: &Self) {
        self.connection.store(other.connection.load(Ordering::Relaxed), Ordering::Relaxed);
    }

    /// A second lease of the same owner.
    pub(super) fn sibling(&self, key: String) -> Self {
        let connection = AtomicI64::new(self.connection.load(Ordering::Relaxed));
        Self { key, token: self.token.clone(), connection, is_ours: AtomicBool::new(false) }
    }

    /// Whether it was ours when it was last looked at.
    pub(super) fn is_ours(&self) -> bool {
        self.is_ours.load(Ordering::Acquire)
    }

    pub(super) fn set_ours(&self, is_ours: bool) {
        self.is_ours.store(is_ours, Ordering::Release);
    }

    /// Takes the lease if it is free, or if its owner's connection is gone.
    pub(super) fn try_acquire(&self, link: &mut Link) -> Result<Owner, BusError> {
        // Three times: it may expire between two of the commands.
        for _ in 0..3 {
            if self.set(link, b"NX")? {
                return Ok(Owner::Us);
            }
            let Some(value) = self.get(link)? else { continue };
            let (token, connection) = value.split_once(':').unwrap_or((&value, "0"));
            if token == self.token {
                return Ok(if self.set(link, b"XX")? { Owner::Us } else { Owner::Unknown });
            }
            match is_there(link, token, connection)? {
                Some(true) => return Ok(Owner::Alive),
                None => return Ok(Owner::Unknown),
                Some(false) => {
                    let keys = [self.key.as_bytes()];
                    let reply = link.run("taking a lease", &scripts::REMOVE, &keys, &[value.as_bytes()])?;
                    if reply::code(&reply).is_some() {
                        return Ok(Owner::Unknown);
                    }
                }
            }
        }
        Ok(Owner::Unknown)
    }

    /// How long the lease lasts if it is not renewed, if anybody has it.
    pub(super) fn time_left(&self, link: &mut Link) -> Result<Option<Duration>, BusError> {
        let reply = link.ask_again("reading a lease", &Request::of(&[b"PTTL", self.key.as_bytes()]))?;
        Ok(reply::count(&reply::single(reply)).map(Duration::from_millis))
    }

    /// Sends a heartbeat. Returns `false` if another process has the lease.
    ///
    /// Both connections of a consumer send them, at the same time after an outage: what is free in one look may be ours in
    /// the next.
    pub(super) fn renew(&self, link: &mut Link) -> Result<bool, BusError> {
        for _ in 0..3 {
            let value = self.prolong(link)?;
            let condition: &[u8] = match &value {
                Some(value) if *value == self.value() => return Ok(true),
                // The connection is another one than before.
                Some(value) if value.split(':').next() == Some(&self.token) => b"XX",
                Some(_) => return Ok(false),
                // It has expired, or everything was flushed.
                None => b"NX",
            };
            if self.set(link, condition).or_else(without_room)? {
                return Ok(true);
            }
        }
        Err(BusError::new(ErrorKind::Busy, "a lease changes its owner while it is renewed"))
    }

    /// Gives the lease more time, and returns its value. To another's lease this does no harm.
    fn prolong(&self, link: &mut Link) -> Result<Option<String>, BusError> {
        let millis = LIFE.as_millis().to_string();
        let mut request = Request::of(&[b"GET", self.key.as_bytes()]);
        request.command(&[b"PEXPIRE", self.key.as_bytes(), millis.as_bytes()]);
        let what = "renewing a lease";
        let mut replies = link.ask_again(what, &request)?.into_iter();
        let value = reply::text(reply::checked(what, replies.next().unwrap_or(Value::Nil))?);
        reply::checked(what, replies.next().unwrap_or(Value::Nil))?;
        Ok(value)
    }

    /// Releases it.
    pub(super) fn release(&self, link: &mut Link) {
        let value = self.value();
        // Otherwise it expires, or is free when the connection has ended.
        let _ = link.run("releasing a lease", &scripts::REMOVE, &[self.key.as_bytes()], &[value.as_bytes()]);
    }

    /// What the key has while the lease is ours.
    pub(super) fn value(&self) -> String {
        format!("{}:{}", self.token, self.connection.load(Ordering::Relaxed))
    }

    fn set(&self, link: &mut Link, condition: &[u8]) -> Result<bool, BusError> {
        let (value, millis) = (self.value(), LIFE.as_millis().to_string());
        let parts: [&[u8]; 6] =
            [b"SET", self.key.as_bytes(), value.as_bytes(), condition, b"PX", millis.as_bytes()];
        let what = "taking a lease";
        let reply = reply::single(link.ask_again(what, &Request::of(&parts))?);
        Ok(matches!(reply::checked(what, reply)?, Value::Okay))
    }

    fn get(&self, link: &mut Link) -> Result<Option<String>, BusError> {
        let what = "reading a lease";
        let reply = reply::single(link.ask_again(what, &Request::of(&[b"GET", self.key.as_bytes()]))?);
        Ok(reply::text(reply::checked(what, reply)?))
    }
}

/// Whether a process has the lease with this key, as far as can be seen: if its connection cannot be looked for, it has.
pub(in crate::bus::backends::redis) fn is_held(link: &mut Link, key: &str) -> Result<bool, BusError> {
    let what = "reading a lease";
    let reply = reply::single(link.ask_again(what, &Request::of(&[b"GET", key.as_bytes()]))?);
    let Some(value) = reply::text(reply::checked(what, reply)?) else { return Ok(false) };
    let (token, connection) = value.split_once(':').unwrap_or((&value, "0"));
    Ok(is_there(link, token, connection)?.unwrap_or(true))
}

/// A server that is full cannot store a lease again that has expired. That must not keep us from finishing what is in flight.
fn without_room(error: BusError) -> Result<bool, BusError> {
    if error.kind() == ErrorKind::Busy { Ok(true) } else { Err(error) }
}

fn connection_name(token: &str) -> String {
    format!("openedx-events:{token}")
}

/// Whether the server still has a connection. `None` if it does not say: we have no right to ask, or the connection was
/// never named. Numbers start again with the server, so the name counts as well.
fn is_there(link: &mut Link, token: &str, connection: &str) -> Result<Option<bool>, BusError> {
    if connection == "0" {
        return Ok(None);
    }
    let request = Request::of(&[b"CLIENT", b"LIST", b"ID", connection.as_bytes()]);
    let reply = reply::single(link.ask("looking for the owner of a lease", &request)?);
    let name = format!(" name={} ", connection_name(token));
    Ok(reply::text(reply).map(|list| list.contains(&name)))
}
