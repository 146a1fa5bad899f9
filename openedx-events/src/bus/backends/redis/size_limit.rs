//! How large a message may be: [`SizeLimit`].

use ::redis::Value;

use super::link::Link;
use super::reply;
use super::reply::Fields;
use super::request::Request;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::message::Message;
use crate::bus::message::headers::{ID, TYPE};

/// The limits of the server, as far as they are known. It closes the connection of a client that goes beyond one, and usually
/// the client does not learn why.
pub(super) struct SizeLimit {
    limits: Limits,
    /// The connection that was asked. The server behind the next one may have other limits.
    connection: Option<u64>,
}

#[derive(Clone, Copy, Default)]
struct Limits {
    /// Of one argument of a command.
    argument: Option<u64>,
    /// Of all that a client has sent for a transaction.
    request: Option<u64>,
}

/// No server can be told to take less.
const LEAST: usize = 1024 * 1024;
const ARGUMENT: &str = "proto-max-bulk-len";
const REQUEST: &str = "client-query-buffer-limit";

impl SizeLimit {
    pub(super) fn new() -> Self {
        Self { limits: Limits::default(), connection: None }
    }

    /// Whether a message is so large that the server has to be asked.
    pub(super) fn concerns(message: &Message) -> bool {
        message.size() > LEAST
    }

    /// Checks a message before it is sent. No reply may be outstanding on the link.
    ///
    /// # Errors
    ///
    /// The message is too large, or the server cannot be reached.
    pub(super) fn check(&mut self, link: &mut Link, what: &str, message: &Message) -> Result<(), BusError> {
        link.connect()?;
        if self.connection != Some(link.connections()) {
            self.limits = ask(link, what)?;
            self.connection = Some(link.connections());
        }
        let (largest, all) = sizes(message);
        for (size, limit, name) in
            [(largest, self.limits.argument, ARGUMENT), (all, self.limits.request, REQUEST)]
        {
            if let Some(limit) = limit.filter(|limit| size > *limit) {
                return Err(too_large(what, message, size, limit, name));
            }
        }
        Ok(())
    }
}

/// Asks for the limits. Few users may; then they are unknown.
fn ask(link: &mut Link, what: &str) -> Result<Limits, BusError> {
    let request = Request::of(&[b"CONFIG", b"GET", ARGUMENT.as_bytes(), REQUEST.as_bytes()]);
    let reply = reply::single(link.ask_again(what, &request)?);
    let is_known = matches!(reply, Value::Array(_));
    let mut fields = Fields::of(reply);
    let mut limit = |name| fields.count(name).filter(|limit| is_known && *limit > 0);
    Ok(Limits { argument: limit(ARGUMENT), request: limit(REQUEST) })
}

/// The bytes of the largest part of a message, and of the whole of it.
fn sizes(message: &Message) -> (u64, u64) {
    let headers = message.headers.iter().flat_map(|header| [header.name.len(), header.value.len()]);
    let parts = headers.chain(message.payload.as_ref().map(Vec::len)).map(|bytes| bytes as u64);
    parts.fold((0, 0), |(largest, all), bytes| (bytes.max(largest), bytes + all))
}

fn too_large(what: &str, message: &Message, size: u64, limit: u64, name: &str) -> BusError {
    let text = |name| message.header(name).map(String::from_utf8_lossy).unwrap_or_default();
    let (id, event_type) = (text(ID), text(TYPE));
    BusError::new(
        ErrorKind::TooLarge,
        format!(
            "{what}: the event {id} of the type `{event_type}` is too large: it has {size} bytes, and the server takes {limit} \
             (`{name}`)"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::message::Header;

    #[test]
    fn the_largest_part_and_the_whole_of_a_message_are_measured() {
        let headers = vec![Header::new("id", "12345"), Header::new("a-long-name", "")];
        let mut message = Message { headers, payload: Some(vec![0; 9]) };
        assert_eq!(sizes(&message), (11, 27));
        message.payload = Some(vec![0; LEAST + 1]);
        assert_eq!(sizes(&message).0, LEAST as u64 + 1);
        assert!(SizeLimit::concerns(&message));
        message.payload = None;
        assert!(!SizeLimit::concerns(&message));
    }
}
