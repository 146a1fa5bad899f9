//! The backend on Redis Streams, which services in Python share: topics are streams, groups are consumer groups.
//!
//! Entries have the form of upstream's `event-bus-redis`, followed by fields that it ignores.
//!
//! ```no_run
//! use openedx_events::bus::redis::{Options, Redis};
//! use openedx_events::bus::{Backend, StartAt, Topic};
//!
//! // Or `bus::open("redis://localhost:6379/0")`.
//! let bus = Redis::open_with("redis://localhost:6379/0", Options::new().single_active(true))?;
//! bus.create_group(&Topic::new("learning")?, "search", StartAt::Earliest)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Server requirements
//!
//! Redis 7.0 or newer, or Valkey. The server must keep what it has acknowledged: `appendonly yes` (with
//! `appendfsync always` if the last second's events must survive a power failure) and `maxmemory-policy noeviction`. Redis
//! Cluster is not supported.
//!
//! # What is removed
//!
//! Nothing, unless [`Options::retention`] or [`Options::stream_max_len`] is set.
//!
//! # Keys
//!
//! | key | content |
//! |---|---|
//! | `<topic>` | the stream |
//! | `{<topic>}.dlq` | the stream of the dead letters |
//! | `{<topic>}.schemas` | a hash: the schemas that entries were written with, by their fingerprints |
//! | `{<topic>}.marks:<group>` | a hash: the attempts of redelivered entries that have not returned; expires after 7 days |
//! | `{<topic>}.done:<group>:<text>` | what a receiver has processed; expires after 7 days |
//! | `{<topic>}.parked:<group>` | a set: the consumers that have parked events |
//! | `{<topic>}.parked:<group>:<consumer>` | a hash: the messages that the consumer has parked |
//! | `{<topic>}.parked-index:<group>:<consumer>` | a sorted set: what they wait for. Without a consumer: the events that belong to nobody |
//! | `{<topic>}.parked-last:<group>` | the number of the event that was parked last |
//! | `{<topic>}.consumer:<group>:<consumer>` | the process that consumes under the name; expires after 45 seconds |
//! | `{<topic>}.active:<group>` | the active consumer, with [`Options::single_active`]; expires after 45 seconds |

mod address;
mod admin;
mod connection;
mod consumer;
mod entry;
mod failure;
mod group;
mod inspect;
mod keys;
mod link;
mod options;
mod parked;
mod position;
mod producer;
mod reply;
mod request;
mod scripts;
mod server;
mod size_limit;
mod socket;
mod stop_time;
mod stream_id;
mod tls;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard};

pub(super) use address::is_address;
pub use options::Options;

use crate::avro::Fingerprint;
use crate::bus::contract::error::BusError;
use crate::bus::contract::{
    Admin, Backend, Consumer, Delivery, EntryId, GroupInfo, KeyOrder, ParkedEvents, Producer, Promises,
    StartAt, Subscription,
};
use crate::bus::message::topic::Topic;
use crate::sync;
use consumer::StreamConsumer;
use link::Link;
use producer::StreamProducer;
use request::Request;
use server::Server;
use stream_id::StreamId;

/// Topics on a Redis server. A clone refers to the same one.
///
/// A producer has one connection and a consumer two; calls about topics and groups share one more. Connections are made when
/// they are needed, and again when they were lost.
#[derive(Clone)]
pub struct Redis {
    server: Arc<Server>,
    link: Arc<Mutex<Link>>,
}

impl Redis {
    /// Opens the server at a URL, `redis://[user][:password]@host[:port][/database]`, or `rediss://…` with TLS, or
    /// `unix:///path` for a socket, with the default [`Options`]. Does not connect yet.
    ///
    /// The URL is read as Python's client reads it. Its query may have `db`, which overrides the database of the path,
    /// `username` and `password`, which those before the host override, and `socket_timeout` and `socket_connect_timeout`,
    /// in seconds. What matters to Python's client alone, such as `max_connections`, is ignored.
    ///
    /// # Errors
    ///
    /// It is not the URL of a Redis server, or its query has something unknown, or something about TLS that is not
    /// supported. No error shows the password.
    pub fn open(url: &str) -> Result<Self, BusError> {
        Self::open_with(url, Options::default())
    }

    /// Like [`open`](Self::open), with options. Time-outs of the URL override those of the options.
    ///
    /// # Errors
    ///
    /// Those of [`open`](Self::open); the certificates cannot be read.
    pub fn open_with(url: &str, options: Options) -> Result<Self, BusError> {
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

    fn system(&self) -> &'static str {
        "redis"
    }

    fn address(&self) -> String {
        self.server.url()
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
        let (what, key) = (format!("storing the schemas of `{topic}`"), keys::schemas(topic));
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

    fn parked(&self) -> Option<&dyn ParkedEvents> {
        Some(self)
    }

    fn admin(&self) -> Option<&dyn Admin> {
        Some(self)
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
