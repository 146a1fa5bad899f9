//! What goes over the bus: [`Message`].

pub(crate) mod dead_letter;
mod event;
mod header;
pub mod headers;
pub(super) mod key_path;
mod limits;
pub(super) mod topic;

use std::fmt;

pub use header::{Header, HeaderError};
pub use limits::LimitExceeded;

use headers::PARTITION_KEY;

/// An event on the bus: headers with its metadata, and its data as Avro.
///
/// Backends store both unchanged, and look at nothing but the [`key`](Self::key).
///
/// ```
/// use openedx_events::EventsMetadata;
/// use openedx_events::bus::Message;
/// use openedx_events::signal;
///
/// #[signal("org.example.letters.letter.posted.v1", key = addressee)]
/// pub struct LetterPosted {
///     pub addressee: String,
/// }
///
/// let metadata = EventsMetadata::new("org.example.letters.letter.posted.v1");
/// let message = Message::of_event(&LetterPosted { addressee: "Ada".into() }, &metadata)?;
///
/// assert_eq!(message.event_type()?, "org.example.letters.letter.posted.v1");
/// assert_eq!(message.key(), Some(&b"Ada"[..]));
/// // The same id, time and source come out at the other end.
/// assert_eq!(message.metadata("letters/1")?, metadata);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The headers, in the order in which they were written. If a name occurs twice, the later one counts.
    pub headers: Vec<Header>,
    /// The data of the event; `None` if the message has none, which makes it a dead letter.
    pub payload: Option<Vec<u8>>,
}

impl Message {
    /// The value of a header; `None` if the message does not have it.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().rev().find(|header| *header.name == *name.as_bytes()).map(|header| &*header.value)
    }

    /// The key of the event: messages with the same key keep their order. `None` if it is missing or empty.
    pub fn key(&self) -> Option<&[u8]> {
        self.header(PARTITION_KEY).filter(|key| !key.is_empty())
    }

    /// The hash of the [key](Self::key), never 0: FNV-1a with 64 bits, which never changes. `None` if the message has no key.
    ///
    /// Two keys can have the same hash. Their events then wait for each other, which harms nobody.
    pub fn key_hash(&self) -> Option<u64> {
        self.key().map(|key| {
            let hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
            });
            hash.max(1)
        })
    }

    /// The approximate size of the message in memory, in bytes.
    pub fn size(&self) -> usize {
        let headers: usize =
            self.headers.iter().map(|header| header.name.len() + header.value.len() + 48).sum();
        headers + self.payload.as_ref().map_or(0, Vec::len) + 64
    }
}

/// Without the payload, which can be personal data.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("headers", &self.headers)
            .field("payload_bytes", &self.payload.as_ref().map(Vec::len))
            .finish()
    }
}
