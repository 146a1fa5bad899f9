//! Publishing to streams: [`StreamProducer`].

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use ::redis::{ServerError, Value};

use super::link::Link;
use super::request::Request;
use super::server::Server;
use super::size_limit::SizeLimit;
use super::{entry, failure, reply};
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Producer, PublishError};
use crate::bus::message::Message;
use crate::bus::message::topic::Topic;

/// Publishes in transactions: a server that becomes full refuses a batch as a whole, and cannot store a later message of a
/// key without the earlier one.
///
/// For the same reason a batch that shares a key with the one before waits for its reply. Others are sent while the server
/// is still processing the one before. A message that may be too large goes on its own: the server may close the connection
/// over it, and with it go the replies that are outstanding.
pub(super) struct StreamProducer {
    link: Link,
    max_len: Option<String>,
    size_limit: SizeLimit,
    used: Instant,
}

/// Maximum number of messages in a batch.
const MAX_MESSAGES: usize = 100;
/// Maximum number of bytes in a batch, unless one message has more, so that a transaction does not hold up the server for
/// long.
const MAX_BYTES: usize = 1024 * 1024;
/// Maximum number of batches in flight.
const MAX_IN_FLIGHT: usize = 2;
/// After a pause of this length the connection is checked before anything depends on it.
const IDLE: Duration = Duration::from_secs(5);

/// Messages that were sent and not answered.
struct Batch<'m> {
    messages: &'m [Message],
    keys: HashSet<&'m [u8]>,
}

/// What became of the messages of a call so far.
#[derive(Default)]
struct Outcome {
    stored: usize,
    /// A message is stored behind one that is not, or may be.
    is_torn: bool,
    error: Option<BusError>,
}

impl StreamProducer {
    pub(super) fn new(server: &Arc<Server>) -> Result<Self, BusError> {
        let mut link = Link::new(Arc::clone(server));
        link.connect()?;
        let max_len = server.options.stream_max_len.map(|max_len| max_len.to_string());
        Ok(Self { link, max_len, size_limit: SizeLimit::new(), used: Instant::now() })
    }

    /// Checks a connection that was not used for a while: it may be lost, and only a reply shows it.
    fn check_connection(&mut self, what: &str) {
        if self.link.is_open() && self.used.elapsed() > IDLE {
            // It is made again if it was lost. An error reply proves a connection as well as any.
            let _ = self.link.ask_again(what, &Request::of(&[b"PING"]));
        }
    }

    fn pack<'m>(&self, topic: &Topic, messages: &'m [Message]) -> (Batch<'m>, Request) {
        let mut bytes = 0;
        let fits = |message: &&Message| {
            let is_first = bytes == 0;
            bytes += message.size();
            is_first || bytes <= MAX_BYTES
        };
        let count = messages.iter().take(MAX_MESSAGES).take_while(fits).count();
        let messages = &messages[..count];
        // The size of a message allows more for its headers than the protocol adds to them.
        let mut request = Request::with_capacity(messages.iter().map(Message::size).sum());
        request.command(&[b"MULTI"]);
        for message in messages {
            entry::add(&mut request, topic.as_str(), self.max_len.as_deref(), message);
        }
        request.command(&[b"EXEC"]);
        (Batch { messages, keys: messages.iter().filter_map(Message::key).collect() }, request)
    }
}

impl Producer for StreamProducer {
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError> {
        let what = format!("publishing to `{topic}`");
        self.check_connection(&what);
        let mut outcome = Outcome::default();
        let mut in_flight: VecDeque<Batch<'_>> = VecDeque::with_capacity(MAX_IN_FLIGHT);
        let mut rest = messages;
        while let Some(first) = rest.first().filter(|_| outcome.error.is_none()) {
            if SizeLimit::concerns(first) {
                for earlier in in_flight.drain(..) {
                    outcome.add(&what, &mut self.link, &earlier);
                }
                if outcome.error.is_some() {
                    break;
                }
                if let Err(error) = self.size_limit.check(&mut self.link, &what, first) {
                    outcome.error = Some(error);
                    break;
                }
            }
            // It is packed while the server processes the one before.
            let (batch, request) = self.pack(topic, rest);
            let must_wait = |in_flight: &VecDeque<Batch<'_>>| {
                in_flight.len() >= MAX_IN_FLIGHT
                    || in_flight.iter().any(|earlier| !earlier.keys.is_disjoint(&batch.keys))
            };
            while must_wait(&in_flight) {
                let Some(earlier) = in_flight.pop_front() else { break };
                outcome.add(&what, &mut self.link, &earlier);
            }
            if outcome.error.is_some() {
                break;
            }
            if let Err(error) = self.link.send(&what, &request) {
                outcome.error = Some(error);
                break;
            }
            rest = &rest[batch.messages.len()..];
            in_flight.push_back(batch);
        }
        for batch in in_flight {
            outcome.add(&what, &mut self.link, &batch);
        }
        self.used = Instant::now();
        outcome.finish()
    }
}

impl Outcome {
    /// Reads what the server replies to a batch.
    fn add(&mut self, what: &str, link: &mut Link, batch: &Batch<'_>) {
        let count = batch.messages.len();
        if !link.is_open() {
            return;
        }
        let replies = match link.receive(what, count + 2) {
            Ok(replies) => replies,
            Err(error) => {
                // The first error says why; but it must be reported in any case that the outcome is unknown.
                self.is_torn = true;
                self.error.get_or_insert(error);
                return;
            }
        };
        let mut error = None;
        for result in results(replies, count) {
            match result {
                Ok(()) if error.is_none() && self.error.is_none() => self.stored += 1,
                Ok(()) => self.is_torn = true,
                Err(refusal) => error = error.or(Some(refusal)),
            }
        }
        let error = error.map(|error| match error {
            Some(error) => failure::refused(what, &error),
            None => BusError::new(ErrorKind::Unreachable, format!("{what}: unexpected reply of the server")),
        });
        self.error = self.error.take().or(error);
    }

    fn finish(self) -> Result<(), PublishError> {
        let Some(error) = self.error else { return Ok(()) };
        let mut error = PublishError::new(self.stored, error);
        error.is_unknown |= self.is_torn;
        Err(error)
    }
}

/// What became of each message of a transaction.
fn results(replies: Vec<Value>, count: usize) -> Vec<Result<(), Option<ServerError>>> {
    let mut replies = replies;
    let end = replies.pop();
    // What the transaction did.
    if let Some(Value::Array(values)) = end {
        return values.into_iter().map(result).collect();
    }
    // It was refused when it began or while it was queued, and the first refusal says why. If the user may not begin one, or
    // the server could not at that moment, there was no transaction: the commands that followed ran by themselves.
    let why = replies.iter().find_map(|reply| match reply {
        Value::ServerError(error) => Some(error.clone()),
        _ => None,
    });
    let why = why.or(match end {
        Some(Value::ServerError(error)) => Some(error),
        _ => None,
    });
    // Without the right to transactions it is an error even if everything was stored: the promise is not kept.
    let has_no_right = replies.first().and_then(reply::code) == Some(failure::NO_PERMISSION);
    let queued = replies.into_iter().skip(1).take(count);
    queued
        .map(|reply| if matches!(reply, Value::BulkString(_)) { Ok(()) } else { Err(why.clone()) })
        .chain(has_no_right.then(|| Err(why.clone())))
        .collect()
}

fn result(value: Value) -> Result<(), Option<ServerError>> {
    match value {
        Value::BulkString(_) => Ok(()),
        Value::ServerError(error) => Err(Some(error)),
        _ => Err(None),
    }
}
