//! The backend on Redis Streams, which services in Python share: topics are streams, groups are consumer groups.
//!
//! The entries are those of upstream's `event-bus-redis`, with fields behind them that it passes over.
//!
//! # What the server must be
//!
//! Redis 7.0 or newer, or a Valkey. What it acknowledged it must keep: `appendonly yes` (with `appendfsync always` where a
//! second's events may not be lost with the machine's power) and `maxmemory-policy noeviction`. A cluster is not supported.
//!
//! # What is removed
//!
//! Nothing, unless [`Options::retention`] or [`Options::stream_max_len`] is set.
//!
//! # Keys
//!
//! | key | what it holds |
//! |---|---|
//! | `<topic>` | the stream |
//! | `{<topic>}.dlq` | the stream of the dead letters |
//! | `{<topic>}.schemas` | a hash: the schemas that entries were written with, by their fingerprints |
//! | `{<topic>}.marks:<group>` | how many times entries were begun that came again; 7 days |
//! | `{<topic>}.done:<group>:<text>` | what a receiver has done; 7 days |
//! | `{<topic>}.consumer:<group>:<consumer>` | which process consumes under the name; 45 seconds |
//! | `{<topic>}.active:<group>` | which consumer reads, with [`Options::single_active`]; 45 seconds |

mod consumer;
mod entry;
mod failure;
mod group;
mod keys;
mod link;
mod options;
mod position;
mod producer;
mod reply;
mod request;
mod scripts;
mod server;
mod stream_id;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

pub use options::Options;

use crate::avro::Fingerprint;
use crate::bus::contract::error::BusError;
use crate::bus::contract::{
    Backend, Consumer, Delivery, EntryId, GroupInfo, KeyOrder, Producer, Promises, StartAt, Subscription,
};
use crate::bus::message::topic::Topic;
use crate::sync;
use consumer::StreamConsumer;
use link::Link;
use producer::StreamProducer;
use request::Request;
use server::Server;
use stream_id::StreamId;

/// A Redis server. A clone is the same one.
///
/// A producer has one connection, a consumer two; what looks at topics and groups shares one more. Each is made when it is
/// needed, and again when it was lost.
#[derive(Clone)]
pub struct Redis {
    server: Arc<Server>,
    link: Arc<Mutex<Link>>,
}

impl Redis {
    /// The server at an address, `redis://[user][:password]@host[:port][/database]`, or `rediss://…` with TLS. Nothing is
    /// sent yet.
    ///
    /// # Errors
    ///
    /// It is not the address of a Redis server. The password is not shown.
    pub fn open(url: &str) -> Result<Self, BusError> {
        Self::with_options(url, Options::default())
    }

    /// [`open`](Self::open) with options.
    ///
    /// # Errors
    ///
    /// It is not the address of a Redis server, or the certificates cannot be read.
    pub fn with_options(url: &str, options: Options) -> Result<Self, BusError> {
        let server = Arc::new(Server::new(url, options)?);
        let link = Arc::new(Mutex::new(Link::new(Arc::clone(&server))));
        Ok(Self { server, link })
    }

    fn link(&self) -> MutexGuard<'_, Link> {
        sync::lock(&self.link)
    }
}

impl Backend for Redis {
    fn promises(&self) -> Promises {
        let order = if self.server.options.single_active { KeyOrder::Group } else { KeyOrder::Consumer };
        Promises::new(true, true, order)
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        Ok(Box::new(StreamProducer::new(&self.server)?))
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        Ok(Box::new(StreamConsumer::new(&self.server, subscription)?))
    }

    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError> {
        let what = format!("looking for `{topic}`");
        Ok(group::stream(&mut self.link(), topic, &what)?.is_some())
    }

    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        group::list(&mut self.link(), topic)
    }

    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
        group::create(&mut self.link(), topic, group, start)
    }

    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        group::delete(&mut self.link(), topic, group)
    }

    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        group::skip(&mut self.link(), topic, group)
    }

    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        let (what, key) = (format!("keeping the schemas of `{topic}`"), keys::schemas(topic));
        let fingerprints: Vec<_> = schemas.iter().map(|(fingerprint, _)| fingerprint.to_string()).collect();
        if schemas.is_empty() {
            return Ok(());
        }
        let mut request = Request::new();
        for (fingerprint, (_, schema)) in fingerprints.iter().zip(schemas) {
            request.command(&[b"HSETNX", key.as_bytes(), fingerprint.as_bytes(), schema.as_bytes()]);
        }
        for reply in self.link().ask_again(&what, &request)? {
            reply::checked(&what, reply)?;
        }
        Ok(())
    }

    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        let (what, key) = (format!("looking up a schema of `{topic}`"), keys::schemas(topic));
        let parts: [&[u8]; 3] = [b"HGET", key.as_bytes(), &fingerprint.to_string().into_bytes()];
        let reply = reply::single(self.link().ask_again(&what, &Request::of(&parts))?);
        Ok(match reply::checked(&what, reply)? {
            ::redis::Value::BulkString(text) => String::from_utf8(text).ok(),
            _ => None,
        })
    }

    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError> {
        if max == 0 {
            return Ok(Vec::new());
        }
        let what = format!("browsing `{topic}`");
        let from = match after {
            Some(after) => format!("({}", StreamId::of(after)?),
            None => "-".to_owned(),
        };
        let (from, max) = (from.as_bytes(), max.to_string());
        let parts: [&[u8]; 6] = [b"XRANGE", topic.as_str().as_bytes(), from, b"+", b"COUNT", max.as_bytes()];
        let reply = reply::single(self.link().ask_again(&what, &Request::of(&parts))?);
        let entries = reply::entries(reply::checked(&what, reply)?)?.into_iter();
        Ok(entries.filter_map(|(id, message)| Some(reply::delivery(id, message?, false))).collect())
    }
}

/// Without the password.
impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis")
            .field("address", &self.server.address)
            .field("options", &self.server.options)
            .finish_non_exhaustive()
    }
}
