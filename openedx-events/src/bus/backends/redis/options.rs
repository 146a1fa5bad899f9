//! How a client treats the server: [`Options`].

use std::fmt;
use std::time::Duration;

/// How a [`Redis`](super::Redis) treats the server.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// How long making a connection may take, TLS and logging in included.
    pub connect_timeout: Duration,
    /// How long the server may take to answer. A read that waits for entries has this time on top of its waiting.
    pub response_timeout: Duration,
    /// One consumer of a group reads at a time, and the others stand by; when it is gone, another goes on with what it left.
    /// So the order of a key holds in the whole group, and not in one consumer alone.
    pub single_active: bool,
    /// Cuts a stream to about so many entries whenever something is published. Off by default, because it also cuts off
    /// what no group has read. A consumer that knows the limit warns when its group has not done four fifths of so many;
    /// give it that of others who cut the stream, such as Python's producer. Who publishes nothing cuts nothing.
    pub stream_max_len: Option<u64>,
    /// How long entries stay that all groups of their topic have done, at the least. Older ones are removed by the consumers
    /// of the topic, which look for them every few seconds. `None`, the default, keeps everything: a group that is made
    /// later starts at the first entry that there is, and others than we may want to read the stream.
    ///
    /// What a group has not done is never removed, whoever made the group; so a group that nobody reads for any more keeps
    /// everything, until it is deleted. A topic without groups keeps everything, and so do the dead letters. The age of an
    /// entry is that of its id by the server's clock; a topic whose first id is no time is left alone.
    ///
    /// It is the setting of those who consume, not of the topic: of several the shortest time counts. The user needs rights
    /// of its own for it; without them the consumer warns and removes nothing.
    pub retention: Option<Duration>,
    /// Certificates (PEM) of the authority that signed the server's, in the place of the public ones. For `rediss://`.
    pub root_certificates: Option<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(5),
            single_active: false,
            stream_max_len: None,
            retention: None,
            root_certificates: None,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("single_active", &self.single_active)
            .field("stream_max_len", &self.stream_max_len)
            .field("retention", &self.retention)
            .finish_non_exhaustive()
    }
}
