//! A connection to the server: [`Link`].

use std::iter;
use std::sync::Arc;
use std::time::Duration;

use ::redis::{RedisError, RedisResult, Value};

use super::connection::Connection;
use super::failure;
use super::failure::READ_ONLY;
use super::options::Options;
use super::reply;
use super::request::Request;
use super::scripts::Script;
use super::server::Server;
use super::stop_time::{Limit, StopTime};
use crate::bus::contract::error::BusError;

/// A connection that is made again at its next use after it has broken.
pub(super) struct Link {
    server: Arc<Server>,
    /// Until when it is used.
    stop: StopTime,
    open: Option<Connection>,
    /// How many connections there have been.
    connections: u64,
}

impl Link {
    pub(super) fn new(server: Arc<Server>) -> Self {
        Self::until(server, StopTime::default())
    }

    /// A link that is used until a stop.
    pub(super) fn until(server: Arc<Server>, stop: StopTime) -> Self {
        Self { server, stop, open: None, connections: 0 }
    }

    /// Connects unless it is connected, and returns the connection's number on the server.
    pub(super) fn connect(&mut self) -> Result<i64, BusError> {
        // One from before a fork is the parent's: what two processes write to it would be mixed.
        if let Some(open) = self.open.take_if(|open| !open.process.is_this()) {
            std::mem::forget(open);
        }
        if let Some(open) = &self.open {
            return Ok(open.id);
        }
        let open = Connection::new(&self.server, &self.stop)?;
        self.connections += 1;
        Ok(self.open.insert(open).id)
    }

    /// How many connections there have been. The number on the server does not tell one from another: it starts again
    /// with the server.
    pub(super) fn connections(&self) -> u64 {
        self.connections
    }

    pub(super) fn options(&self) -> &Options {
        &self.server.options
    }

    pub(super) fn is_open(&self) -> bool {
        self.open.as_ref().is_some_and(|open| open.process.is_this())
    }

    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// Sends a request and returns the replies to its commands, error replies among them. `what` is for the error.
    ///
    /// After an error the connection is closed, and it is not known what was done.
    pub(super) fn ask(&mut self, what: &str, request: &Request) -> Result<Vec<Value>, BusError> {
        self.try_ask(request)?.map_err(|error| self.lost(what, error))
    }

    /// [`ask`](Self::ask) for what may be done twice: asks once more if the connection had broken before.
    pub(super) fn ask_again(&mut self, what: &str, request: &Request) -> Result<Vec<Value>, BusError> {
        let was_open = self.is_open();
        match self.try_ask(request)? {
            Err(error) if was_open && error.is_connection_dropped() => self.ask(what, request),
            replies => replies.map_err(|error| self.lost(what, error)),
        }
    }

    /// Sends a request without reading the replies.
    pub(super) fn send(&mut self, what: &str, request: &Request) -> Result<(), BusError> {
        self.connect()?;
        let mut limit = self.limit(Duration::ZERO);
        let Some(open) = &mut self.open else { return Err(self.lost(what, not_connected())) };
        open.send(request, &mut limit).map_err(|error| {
            self.close();
            self.lost(what, error)
        })
    }

    /// Reads this number of replies.
    pub(super) fn receive(&mut self, what: &str, count: usize) -> Result<Vec<Value>, BusError> {
        self.receive_for(what, count, Duration::ZERO)
    }

    /// [`receive`](Self::receive) where the server waits for this time before it replies.
    pub(super) fn receive_for(
        &mut self,
        what: &str,
        count: usize,
        wait: Duration,
    ) -> Result<Vec<Value>, BusError> {
        let mut limit = self.limit(wait);
        let Some(open) = &mut self.open else { return Err(self.lost(what, not_connected())) };
        let replies = open.receive(count, &mut limit);
        self.closed_after(replies).map_err(|error| self.lost(what, error))
    }

    /// Runs a script and returns its reply, which may be an error reply. For scripts that may be run twice: it is run again if
    /// the connection had broken before.
    pub(super) fn run(
        &mut self,
        what: &str,
        script: &Script,
        keys: &[&[u8]],
        arguments: &[&[u8]],
    ) -> Result<Value, BusError> {
        let call = Call { keys, arguments: arguments.to_vec(), behind: Vec::new() };
        self.run_each(what, script, &[call]).map(reply::single)
    }

    /// [`run`](Self::run) for several calls in one round trip, so that the server works on the later ones while the replies to the
    /// earlier ones are read. Returns the replies to all calls and to the commands behind them.
    pub(super) fn run_each(
        &mut self,
        what: &str,
        script: &Script,
        calls: &[Call<'_>],
    ) -> Result<Vec<Value>, BusError> {
        run(script, calls, |request| self.ask_again(what, request))
    }

    /// [`run`](Self::run) for a script that must not be run twice.
    pub(super) fn run_once(
        &mut self,
        what: &str,
        script: &Script,
        keys: &[&[u8]],
        arguments: &[&[u8]],
    ) -> Result<Value, BusError> {
        let call = Call { keys, arguments: arguments.to_vec(), behind: Vec::new() };
        run(script, &[call], |request| self.ask(what, request)).map(reply::single)
    }

    fn try_ask(&mut self, request: &Request) -> Result<RedisResult<Vec<Value>>, BusError> {
        self.connect()?;
        let mut limit = self.limit(Duration::ZERO);
        let Some(open) = &mut self.open else { return Ok(Err(not_connected())) };
        let sent = open.send(request, &mut limit);
        let replies = sent.and_then(|()| open.receive(request.commands(), &mut limit));
        Ok(self.closed_after(replies))
    }

    /// How long the server may take where it waits for this time before it replies.
    fn limit(&self, wait: Duration) -> Limit {
        Limit::idle(self.server.options.response_timeout + wait, &self.stop)
    }

    /// A connection that failed is of no more use: a late reply would be taken for the next one. Nor is one to a server
    /// that has become a replica: the address may name another server by now.
    fn closed_after(&mut self, replies: RedisResult<Vec<Value>>) -> RedisResult<Vec<Value>> {
        let is_useless = match &replies {
            Ok(replies) => replies.iter().any(|reply| reply::code(reply) == Some(READ_ONLY)),
            Err(_) => true,
        };
        if is_useless {
            self.close();
        }
        replies
    }

    fn lost(&self, what: &str, error: RedisError) -> BusError {
        failure::lost(&format!("{what} on the Redis server {}", self.server.address), error)
    }
}

/// A call of a script.
pub(super) struct Call<'a> {
    pub(super) keys: &'a [&'a [u8]],
    pub(super) arguments: Vec<&'a [u8]>,
    /// A command that follows; empty for none.
    pub(super) behind: Vec<&'a [u8]>,
}

/// Runs a script by its hash, and by its text if the server does not know it yet.
fn run(
    script: &Script,
    calls: &[Call<'_>],
    mut ask: impl FnMut(&Request) -> Result<Vec<Value>, BusError>,
) -> Result<Vec<Value>, BusError> {
    let mut replies = Vec::new();
    // The text makes the script known to the calls behind.
    for first in [("EVALSHA", script.hash()), ("EVAL", script.text())] {
        let names = iter::once(first).chain(iter::repeat(("EVALSHA", script.hash())));
        let mut request = Request::new();
        for (Call { keys, arguments, behind }, (command, body)) in calls.iter().zip(names) {
            let count = keys.len().to_string();
            request
                .begin(3 + keys.len() + arguments.len())
                .parts(&[command.as_bytes(), body.as_bytes(), count.as_bytes()])
                .parts(keys)
                .parts(arguments);
            if !behind.is_empty() {
                request.command(behind);
            }
        }
        replies = ask(&request)?;
        if replies.first().and_then(reply::code) != Some(failure::NO_SCRIPT) {
            break;
        }
    }
    Ok(replies)
}

fn not_connected() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::NotConnected).into()
}
