//! The members of an address's query: [`Members`].

use std::borrow::Cow;
use std::time::Duration;

use ::redis::ConnectionInfo;

use super::Address;
use crate::receiver::BoxError;
use crate::suggest::nearest;

/// The members that have an effect.
const USED: [&str; 5] = ["db", "username", "password", "socket_timeout", "socket_connect_timeout"];

/// Members that matter to Python's client alone.
const IGNORED: [&str; 15] = [
    "client_name",
    "decode_responses",
    "encoding",
    "encoding_errors",
    "health_check_interval",
    "legacy_responses",
    "lib_name",
    "lib_version",
    "max_connections",
    "protocol",
    "retry_on_error",
    "retry_on_timeout",
    "socket_keepalive",
    "socket_read_size",
    "timeout",
];

/// How `redis-py` writes that something is off, in upper case.
const OFF: [&str; 5] = ["0", "F", "FALSE", "N", "NO"];

/// The time-outs of an address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::bus::backends::redis) struct Timeouts {
    /// To connect.
    pub(in crate::bus::backends::redis) connect: Option<Duration>,
    /// To wait for a reply.
    pub(in crate::bus::backends::redis) response: Option<Duration>,
}

/// What the members say.
#[derive(Default)]
pub(super) struct Members {
    db: Option<i64>,
    username: Option<String>,
    password: Option<String>,
    timeouts: Timeouts,
}

impl Members {
    /// Reads the members of a query. `text` is the query, and `pairs` are its members without escapes.
    pub(super) fn read<'a>(
        text: &str,
        pairs: impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
        has_tls: bool,
    ) -> Result<Self, BoxError> {
        let mut members = Self::default();
        let mut seen: Vec<Cow<'a, str>> = Vec::new();
        for (name, value) in pairs {
            // An unescaped `?` or `&` in a password makes a member of its rest.
            let is_shown = !text.contains('@') && !seen.iter().any(|name| name == "password");
            let member = Member { name: &name, value: &value, is_shown };
            if seen.contains(&name) {
                return Err(member.error("given twice: remove one of the two"));
            }
            members.take(&member, has_tls)?;
            seen.push(name);
        }
        Ok(members)
    }

    pub(super) fn has_database(&self) -> bool {
        self.db.is_some()
    }

    /// The address with what the members say. As in Python's client, the database here overrides that of the path, and the
    /// user and password before the host override those here.
    pub(super) fn complete(self, info: ConnectionInfo) -> Address {
        let mut settings = info.redis_settings().clone();
        if let Some(db) = self.db {
            settings = settings.set_db(db);
        }
        if let (None, Some(username)) = (settings.username(), self.username) {
            settings = settings.set_username(username);
        }
        if let (None, Some(password)) = (settings.password(), self.password) {
            settings = settings.set_password(password);
        }
        Address { info: info.set_redis_settings(settings), timeouts: self.timeouts }
    }

    fn take(&mut self, member: &Member<'_>, has_tls: bool) -> Result<(), BoxError> {
        if member.name.starts_with("ssl_") {
            return member.check_tls(has_tls);
        }
        if IGNORED.contains(&member.name) {
            return Ok(());
        }
        if !USED.contains(&member.name) {
            return Err(member.unknown());
        }
        // Python's client takes an empty member for a missing one.
        if member.value.is_empty() {
            return Ok(());
        }
        match member.name {
            "db" => self.db = Some(member.database()?),
            "username" => self.username = Some(member.text()?),
            "password" => self.password = Some(member.text()?),
            "socket_connect_timeout" => self.timeouts.connect = Some(member.seconds()?),
            _ => self.timeouts.response = Some(member.seconds()?),
        }
        Ok(())
    }
}

/// A member, without escapes.
struct Member<'a> {
    name: &'a str,
    value: &'a str,
    /// Whether it is certain that its name is no part of a password.
    is_shown: bool,
}

impl Member<'_> {
    fn database(&self) -> Result<i64, BoxError> {
        let number = self.value.parse().ok().filter(|number| *number >= 0);
        number.ok_or_else(|| self.error("expected the number of a database, such as `2`"))
    }

    fn text(&self) -> Result<String, BoxError> {
        // What is not UTF-8 becomes this character.
        if self.value.contains(char::REPLACEMENT_CHARACTER) {
            return Err(self.error("the text is not UTF-8"));
        }
        Ok(self.value.to_owned())
    }

    fn seconds(&self) -> Result<Duration, BoxError> {
        let seconds =
            self.value.parse::<f64>().ok().and_then(|value| Duration::try_from_secs_f64(value).ok());
        let seconds = seconds.filter(|seconds| !seconds.is_zero());
        seconds.ok_or_else(|| self.error("expected seconds, more than 0, such as `0.5`"))
    }

    /// A member about TLS. What would weaken it is refused, and what is not implemented is not ignored.
    fn check_tls(&self, has_tls: bool) -> Result<(), BoxError> {
        if !has_tls {
            return Err(self.error("is for TLS: write `rediss://…`"));
        }
        let is_off = OFF.contains(&self.value.to_ascii_uppercase().as_str());
        match self.name {
            "ssl_cert_reqs" if matches!(self.value, "required" | "") => Ok(()),
            "ssl_check_hostname" if !is_off => Ok(()),
            "ssl_cert_reqs" | "ssl_check_hostname" => {
                Err(self.error("the certificate of the server and its name are always verified: remove this"))
            }
            "ssl_ca_certs" => Err(self.error(
                "not supported yet: without it the public authorities are trusted, and \
                 `redis::Options::root_certificates` takes others",
            )),
            _ => Err(self.error("not supported yet")),
        }
    }

    fn unknown(&self) -> BoxError {
        let known = USED.into_iter().chain(IGNORED);
        let nearest = nearest(self.name, known);
        if nearest.is_empty() {
            let taken = USED.map(|name| format!("`{name}`")).join(", ");
            return self.error(&format!("unknown; the query of an address takes {taken}"));
        }
        self.error(&format!("unknown{nearest}"))
    }

    fn error(&self, reason: &str) -> BoxError {
        let is_name = self.name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let is_known = USED.contains(&self.name) || IGNORED.contains(&self.name);
        if is_known || self.is_shown && is_name && !self.name.is_empty() && self.name.len() <= 64 {
            return format!("`{}` in the query: {reason}", self.name).into();
        }
        "a member of the query, not shown as it may be a part of a password, is not known: in a user or password write \
         `%3F` for `?`, `%26` for `&` and `%40` for `@`"
            .into()
    }
}
