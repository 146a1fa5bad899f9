//! One connection to the server: [`Connection`].

use std::io;

use ::redis::{Parser, RedisResult, ServerError, Value};

use super::failure;
use super::reply;
use super::reply::Fields;
use super::request::Request;
use super::server::Server;
use super::socket::{Reading, Socket};
use super::stop_time::{Limit, StopTime};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::process::Process;

/// A connection that has logged in.
pub(super) struct Connection {
    socket: Socket,
    parser: Parser,
    /// The connection's number on the server.
    pub(super) id: i64,
    pub(super) process: Process,
}

/// The first version of Redis whose groups know how much they have read.
const OLDEST: u32 = 7;

impl Connection {
    /// Connects and logs in.
    pub(super) fn new(server: &Server, stop: &StopTime) -> Result<Self, BusError> {
        let what = server.connecting();
        let mut limit = Limit::total(server.options.connect_timeout, stop);
        let tls = server.tls.as_ref().map(|tls| tls.session().map_err(io::Error::other)).transpose();
        let socket = tls.and_then(|tls| Socket::connect(server.info.addr(), tls, &limit));
        let socket = socket.map_err(|error| failure::lost(&what, error.into()))?;
        let mut connection = Self { socket, parser: Parser::new(), id: 0, process: Process::this() };
        connection.log_in(server, &what, &mut limit)?;
        Ok(connection)
    }

    /// Logs in, chooses the database, and asks for the version. Any user may say hello.
    ///
    /// Replies have another shape in the newer version of the protocol, which is therefore not chosen.
    fn log_in(&mut self, server: &Server, what: &str, limit: &mut Limit) -> Result<(), BusError> {
        let settings = server.info.redis_settings();
        let mut request = Request::new();
        match (settings.username(), settings.password()) {
            // A user without a password must not become the default user.
            (Some(user), password) => {
                request.command(&[b"AUTH", user.as_bytes(), password.unwrap_or_default().as_bytes()]);
            }
            (None, Some(password)) => {
                request.command(&[b"AUTH", password.as_bytes()]);
            }
            (None, None) => {}
        }
        if settings.db() != 0 {
            request.command(&[b"SELECT", settings.db().to_string().as_bytes()]);
        }
        let checked = request.commands();
        request.command(&[b"HELLO"]);
        // Not every version knows these, and not every user may say them.
        let version = env!("CARGO_PKG_VERSION").as_bytes();
        request.command(&[b"CLIENT", b"SETINFO", b"LIB-NAME", b"openedx-events-rust"]);
        request.command(&[b"CLIENT", b"SETINFO", b"LIB-VER", version]);

        let lost = |error| failure::lost(what, error);
        self.send(&request, limit).map_err(lost)?;
        for _ in 0..checked {
            let reply = self.receive(1, limit).map_err(lost)?;
            reply::checked(what, reply::single(reply))?;
        }
        let reply = reply::single(self.receive(1, limit).map_err(lost)?);
        if let Value::ServerError(error) = &reply
            && is_unknown_command(error)
        {
            return Err(too_old(what, "an older one"));
        }
        let mut fields = Fields::of(reply::checked(what, reply)?);
        let version = fields.text("version").unwrap_or_default();
        let major = version.split('.').next().and_then(|major| major.parse::<u32>().ok());
        if major.is_some_and(|major| major < OLDEST) {
            return Err(too_old(what, &version));
        }
        self.id = fields.number("id").unwrap_or_default();
        self.receive(2, limit).map_err(lost)?;
        Ok(())
    }

    /// Sends a request.
    pub(super) fn send(&mut self, request: &Request, limit: &mut Limit) -> RedisResult<()> {
        Ok(self.socket.write(request.bytes(), limit)?)
    }

    /// Reads this number of replies.
    pub(super) fn receive(&mut self, count: usize, limit: &mut Limit) -> RedisResult<Vec<Value>> {
        let mut reading = Reading { socket: &mut self.socket, limit };
        (0..count).map(|_| self.parser.parse_value(&mut reading)).collect()
    }
}

fn is_unknown_command(error: &ServerError) -> bool {
    error.code() == "ERR" && error.details().is_some_and(|details| details.starts_with("unknown command"))
}

fn too_old(what: &str, version: &str) -> BusError {
    let text = format!("{what}: the server is Redis {version}, and {OLDEST}.0 or newer is needed");
    BusError::new(ErrorKind::Unsupported, text)
}
