//! How a client treats the server: [`Options`].

use std::fmt;
use std::time::Duration;

/// Options of a [`Redis`](super::Redis).
///
/// Start from the defaults and change what you need:
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::bus::redis::Options;
///
/// let options = Options::new().single_active(true).retention(Duration::from_secs(7 * 24 * 3600));
/// assert!(options.single_active);
/// ```
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Maximum time to make a connection, including TLS and authentication. 5 seconds by default.
    pub connect_timeout: Duration,
    /// Maximum time to wait for a reply. A read that waits for entries gets this time on top of its waiting. 5 seconds by
    /// default.
    pub response_timeout: Duration,
    /// Only one consumer of a group reads at a time, and the others stand by; when it is gone, another one takes over, with
    /// what it has left. So the order of a key holds in the whole group, and not only within one consumer. Off by default.
    pub single_active: bool,
    /// Trims a stream to about this number of entries with each publish. `None`, the default, trims nothing, because
    /// trimming also removes what no group has read.
    ///
    /// A consumer with this option trims nothing, but warns when the backlog of its group reaches four fifths of the limit.
    /// If other programs trim the stream, such as Python's producer, give it their limit.
    pub stream_max_len: Option<u64>,
    /// Minimum time for which entries stay in the topic. Older ones that all groups of the topic have done are removed by its
    /// consumers, which look for them every ten seconds. `None`, the default, keeps everything: a group that is created later
    /// starts at the first entry that exists, and other programs may want to read the stream.
    ///
    /// Entries that a group has not done are never removed, whoever created the group; so a group that nobody consumes for any
    /// more keeps everything until it is deleted. Dead letters, and topics without groups, keep everything too. The age of an
    /// entry is that of its id, by the server's clock; a topic whose first id is not a time is left alone.
    ///
    /// The option belongs to the consumer and not to the topic: if several differ, the shortest time counts. The user needs
    /// the rights to `XTRIM` and `TIME`; without them the consumer logs a warning and removes nothing.
    pub retention: Option<Duration>,
    /// Time after which a consumer that is gone is removed from its group, if nothing is pending for it and it has
    /// parked nothing: it has no lease, as its process has ended, and has been idle for this time. Twice the
    /// consumer's [`claim_after`](crate::bus::ConsumerSettings::claim_after), if that is longer. Consumers of the group
    /// look for such names every minute. One hour by default; `None` keeps them.
    ///
    /// A consumer that is stopped and leaves nothing is removed at once. Consumers of other programs have no lease;
    /// should one of them be removed that lives, it joins again with its next read, and nothing is lost. The user needs
    /// the right to `XGROUP DELCONSUMER`; without it nothing is removed.
    pub inactive_after: Option<Duration>,
    /// Certificates (PEM) of the authority that has signed the server's certificate. They replace the public ones. `None` by
    /// default; ignored without TLS (`rediss://`).
    pub root_certificates: Option<Vec<u8>>,
}

impl Options {
    /// The default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the [maximum time to make a connection](Self::connect_timeout).
    #[must_use]
    pub fn connect_timeout(self, connect_timeout: Duration) -> Self {
        Self { connect_timeout, ..self }
    }

    /// Sets the [maximum time to wait for a reply](Self::response_timeout).
    #[must_use]
    pub fn response_timeout(self, response_timeout: Duration) -> Self {
        Self { response_timeout, ..self }
    }

    /// Sets whether [only one consumer of a group reads at a time](Self::single_active).
    #[must_use]
    pub fn single_active(self, single_active: bool) -> Self {
        Self { single_active, ..self }
    }

    /// Sets the [number of entries that streams are trimmed to](Self::stream_max_len).
    #[must_use]
    pub fn stream_max_len(self, stream_max_len: impl Into<Option<u64>>) -> Self {
        Self { stream_max_len: stream_max_len.into(), ..self }
    }

    /// Sets the [minimum time for which entries stay](Self::retention) that all groups have done.
    #[must_use]
    pub fn retention(self, retention: impl Into<Option<Duration>>) -> Self {
        Self { retention: retention.into(), ..self }
    }

    /// Sets the [time after which a consumer that is gone](Self::inactive_after) is removed from its group.
    #[must_use]
    pub fn inactive_after(self, inactive_after: impl Into<Option<Duration>>) -> Self {
        Self { inactive_after: inactive_after.into(), ..self }
    }

    /// Sets the [certificates of the authority](Self::root_certificates) that has signed the server's certificate.
    #[must_use]
    pub fn root_certificates(self, root_certificates: impl Into<Option<Vec<u8>>>) -> Self {
        Self { root_certificates: root_certificates.into(), ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            response_timeout: Duration::from_secs(5),
            single_active: false,
            stream_max_len: None,
            retention: None,
            inactive_after: Some(Duration::from_secs(3600)),
            root_certificates: None,
        }
    }
}

/// Without the certificates, which are long.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("connect_timeout", &self.connect_timeout)
            .field("response_timeout", &self.response_timeout)
            .field("single_active", &self.single_active)
            .field("stream_max_len", &self.stream_max_len)
            .field("retention", &self.retention)
            .field("inactive_after", &self.inactive_after)
            .finish_non_exhaustive()
    }
}
