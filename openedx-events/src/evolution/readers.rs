//! Who reads, and what a change breaks for them.

use std::fmt;
use std::str::FromStr;

/// How a reader comes to the schema that the bytes were written by, and what it fills in where they lack a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    /// This crate, which knows the writer's schema by its fingerprint, by a registry or by upstream's release. Fills in
    /// the defaults of the data classes.
    Rust,
    /// Upstream on Kafka, which knows the writer's schema by the registry. Fills in no default but null, as upstream's
    /// schemas state no other.
    PythonKafka,
    /// Upstream on Redis, which decodes by position: with its own schema in place of the writer's, whatever that was.
    /// Leaves alone what is left over at the end.
    PythonRedis,
}

impl Reader {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Rust, Self::PythonKafka, Self::PythonRedis];

    /// Its name: `rust`, `python-kafka` or `python-redis`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rust => "rust",
            Self::PythonKafka => "python-kafka",
            Self::PythonRedis => "python-redis",
        }
    }

    fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl fmt::Display for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Reader {
    type Err = InvalidReader;

    fn from_str(text: &str) -> Result<Self, InvalidReader> {
        Self::ALL
            .into_iter()
            .find(|reader| reader.name() == text)
            .ok_or_else(|| InvalidReader { text: text.to_owned() })
    }
}

/// A text that names no [`Reader`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidReader {
    text: String,
}

impl fmt::Display for InvalidReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Readers::ALL;
        write!(f, "there are no readers `{}`, but {all}", self.text.escape_debug())
    }
}

impl std::error::Error for InvalidReader {}

/// A set of [`Reader`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Readers(u8);

impl Readers {
    /// Nobody.
    pub const NONE: Self = Self(0);
    /// Everybody.
    pub const ALL: Self = Self(0b111);
    /// Those who know the writer's schema.
    pub(crate) const RESOLVING: Self = Self(0b011);

    /// Whether nobody is in it.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether a reader is in it.
    pub fn contains(self, reader: Reader) -> bool {
        self.0 & reader.bit() != 0
    }

    /// Those who are in it.
    pub fn iter(self) -> impl Iterator<Item = Reader> {
        Reader::ALL.into_iter().filter(move |reader| self.contains(*reader))
    }

    /// Those who are in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Those who are in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those who are in the first alone.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The set if `condition`, else nobody.
    pub(crate) fn when(self, condition: bool) -> Self {
        if condition { self } else { Self::NONE }
    }
}

impl From<Reader> for Readers {
    fn from(reader: Reader) -> Self {
        Self(reader.bit())
    }
}

impl FromIterator<Reader> for Readers {
    fn from_iter<I: IntoIterator<Item = Reader>>(readers: I) -> Self {
        readers.into_iter().fold(Self::NONE, |set, reader| set.or(reader.into()))
    }
}

/// Names with commas between them.
impl fmt::Display for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, reader) in self.iter().enumerate() {
            write!(f, "{}{reader}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// For whom a change breaks which direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Breaks {
    /// New readers who cannot read old data, or read wrong values.
    pub backward: Readers,
    /// Old readers who cannot read new data, or read wrong values.
    pub forward: Readers,
}

impl Breaks {
    /// Nothing.
    pub const NONE: Self = Self { backward: Readers::NONE, forward: Readers::NONE };
    /// Both directions for everybody.
    pub const ALL: Self = Self { backward: Readers::ALL, forward: Readers::ALL };

    /// Both directions for some.
    pub(crate) fn both(readers: Readers) -> Self {
        Self { backward: readers, forward: readers }
    }

    /// Whether nothing breaks.
    pub fn is_empty(self) -> bool {
        self.backward.is_empty() && self.forward.is_empty()
    }

    /// What breaks in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { backward: self.backward.and(other.backward), forward: self.forward.and(other.forward) }
    }

    /// What breaks in the first alone.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self { backward: self.backward.without(other.backward), forward: self.forward.without(other.forward) }
    }

    /// What breaks in either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self { backward: self.backward.or(other.backward), forward: self.forward.or(other.forward) }
    }
}

/// `backward for rust, python-kafka; forward for python-redis`, or `nothing`.
impl fmt::Display for Breaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.backward.is_empty(), self.forward.is_empty()) {
            (true, true) => f.write_str("nothing"),
            (false, true) => write!(f, "backward for {}", self.backward),
            (true, false) => write!(f, "forward for {}", self.forward),
            (false, false) if self.backward == self.forward => {
                write!(f, "backward and forward for {}", self.forward)
            }
            (false, false) => write!(f, "backward for {}; forward for {}", self.backward, self.forward),
        }
    }
}
