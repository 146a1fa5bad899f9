//! File contents as field values.

use std::fmt;
use std::io::Cursor;
use std::ops::Deref;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::{self, Deserializer, Visitor};
use serde::ser::Serializer;

use super::{EventField, FieldType, PersonalData};

/// The content of a file: bytes that are not logged and are cheap to clone.
///
/// Replaces upstream's `BinaryIO`, an open file. The content is held in memory and immutable; clones share it. It has
/// no Avro form: a file may exceed the message size of a broker, and upstream does not send files over the bus.
///
/// Serialized as base64 text in JSON, and as bytes in formats that support bytes. `Debug` only shows the length.
///
/// # Examples
///
/// ```
/// use std::io::{BufRead, Cursor};
///
/// use openedx_events::data::BinaryFile;
///
/// let file = BinaryFile::new(b"%PDF-1.7\n%%EOF\n");
/// assert_eq!(file.len(), 15);
/// assert!(file.starts_with(b"%PDF"));
/// assert_eq!(format!("{file:?}"), "BinaryFile(15 bytes)");
///
/// let lines: Vec<_> = file.reader().lines().collect::<Result<_, _>>()?;
/// assert_eq!(lines, ["%PDF-1.7", "%%EOF"]);
///
/// // A reader that outlives the event: a clone shares the content.
/// let owned: Cursor<BinaryFile> = Cursor::new(file.clone());
/// assert_eq!(owned.lines().count(), 2);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Eq, Hash)]
pub struct BinaryFile(Arc<[u8]>);

impl BinaryFile {
    /// Creates a file from a `Vec<u8>`, a slice, an array or an `Arc<[u8]>`. An `Arc<[u8]>` is not copied.
    pub fn new(content: impl Into<Self>) -> Self {
        content.into()
    }

    /// Returns the content.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns a seekable reader that starts at the beginning of the content.
    pub fn reader(&self) -> Cursor<&[u8]> {
        Cursor::new(&self.0)
    }
}

impl Deref for BinaryFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

impl AsRef<[u8]> for BinaryFile {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Arc<[u8]>> for BinaryFile {
    fn from(content: Arc<[u8]>) -> Self {
        Self(content)
    }
}

impl From<Vec<u8>> for BinaryFile {
    fn from(content: Vec<u8>) -> Self {
        Self(content.into())
    }
}

impl From<&[u8]> for BinaryFile {
    fn from(content: &[u8]) -> Self {
        Self(content.into())
    }
}

/// For literals such as `b"…"`.
impl<const N: usize> From<&[u8; N]> for BinaryFile {
    fn from(content: &[u8; N]) -> Self {
        Self(content.as_slice().into())
    }
}

impl<const N: usize> From<[u8; N]> for BinaryFile {
    fn from(content: [u8; N]) -> Self {
        Self(content.into())
    }
}

impl fmt::Debug for BinaryFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BinaryFile({} bytes)", self.len())
    }
}

impl EventField for BinaryFile {
    const TYPE: FieldType = FieldType::File;

    fn serialize<S: Serializer>(&self, serializer: S, _: PersonalData) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.serialize_str(&BASE64.encode(self))
        } else {
            serializer.serialize_bytes(self)
        }
    }

    fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(ContentVisitor)
        } else {
            deserializer.deserialize_byte_buf(ContentVisitor)
        }
    }
}

struct ContentVisitor;

impl Visitor<'_> for ContentVisitor {
    type Value = BinaryFile;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the content of a file as base64 text")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<BinaryFile, E> {
        BASE64.decode(text).map(BinaryFile::from).map_err(E::custom)
    }

    fn visit_bytes<E: de::Error>(self, content: &[u8]) -> Result<BinaryFile, E> {
        Ok(content.into())
    }

    fn visit_byte_buf<E: de::Error>(self, content: Vec<u8>) -> Result<BinaryFile, E> {
        Ok(content.into())
    }
}
