//! What goes over the bus: [`Message`].

pub(super) mod dead_letter;
pub(super) mod headers;
pub(super) mod key_path;
pub(super) mod topic;

use std::borrow::Cow;
use std::fmt;

use headers::PARTITION_KEY;

/// A named value beside the payload. Neither need be UTF-8: others write messages too.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// Its name; those that mean something are constants of [`bus`](super), such as [`TYPE`](super::TYPE).
    pub name: Cow<'static, [u8]>,
    /// Its value, text as a rule.
    pub value: Cow<'static, [u8]>,
}

impl Header {
    /// A header of texts.
    pub fn new(name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        let value = match value.into() {
            Cow::Borrowed(text) => Cow::Borrowed(text.as_bytes()),
            Cow::Owned(text) => Cow::Owned(text.into_bytes()),
        };
        Self { name: Cow::Borrowed(name.as_bytes()), value }
    }
}

/// Values can be personal, as keys are.
impl fmt::Debug for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} bytes", self.name.escape_ascii(), self.value.len())
    }
}

/// An event as it goes over the bus: headers with its metadata, and its data as Avro.
///
/// The backend carries both as they are and looks at nothing but the [`key`](Self::key).
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// In the order in which they were written. A name may come twice; the later one counts.
    pub headers: Vec<Header>,
    /// The event's data; `None` if the message has none at all, which makes it a dead letter.
    pub payload: Option<Vec<u8>>,
}

impl Message {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        self.headers.iter().rev().find(|header| *header.name == *name.as_bytes()).map(|header| &*header.value)
    }

    /// The event's key: messages of one key keep their order. `None` if it has none or an empty one.
    pub fn key(&self) -> Option<&[u8]> {
        self.header(PARTITION_KEY).filter(|key| !key.is_empty())
    }

    /// About how many bytes of memory the message takes.
    pub fn size(&self) -> usize {
        let headers: usize =
            self.headers.iter().map(|header| header.name.len() + header.value.len() + 48).sum();
        headers + self.payload.as_ref().map_or(0, Vec::len) + 64
    }
}

/// Without the payload, as it may be personal.
impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("headers", &self.headers)
            .field("payload_bytes", &self.payload.as_ref().map(Vec::len))
            .finish()
    }
}
