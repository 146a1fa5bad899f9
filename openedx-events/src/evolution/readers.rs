//! The kinds of readers, and what a change breaks for them.

use std::fmt;
use std::str::FromStr;

use crate::chain::debug_like_display;

/// A kind of reader: how it finds the writer's schema, and what it fills in for missing fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reader {
    /// This crate. Finds the writer's schema by its fingerprint, a registry or upstream's release, and fills in the
    /// defaults of the data classes.
    Rust,
    /// Upstream on Kafka. Finds the writer's schema in the registry, and fills in no default but null, as upstream's
    /// schemas contain no other.
    PythonKafka,
    /// Upstream on Redis. Decodes by position: it uses its own schema in place of the writer's, and ignores trailing
    /// bytes.
    PythonRedis,
}

impl Reader {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Rust, Self::PythonKafka, Self::PythonRedis];

    /// Returns the name: `rust`, `python-kafka` or `python-redis`.
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

/// The error returned when a text is not the name of a [`Reader`].
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidReader {
    text: String,
}

impl fmt::Display for InvalidReader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Readers::ALL;
        write!(f, "unknown reader `{}`, expected one of {all}", self.text.escape_debug())
    }
}

debug_like_display!(InvalidReader);

impl std::error::Error for InvalidReader {}

/// A set of [`Reader`]s.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Readers(u8);

impl Readers {
    /// The empty set.
    pub const NONE: Self = Self(0);
    /// All readers.
    pub const ALL: Self = Self(0b111);
    /// The readers that know the writer's schema.
    pub(crate) const RESOLVING: Self = Self(0b011);

    /// Whether the set is empty.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Whether the set contains a reader.
    pub fn contains(self, reader: Reader) -> bool {
        self.0 & reader.bit() != 0
    }

    /// Returns the readers in the set.
    pub fn iter(self) -> impl Iterator<Item = Reader> {
        Reader::ALL.into_iter().filter(move |reader| self.contains(*reader))
    }

    /// Returns the intersection of two sets.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Returns the union of two sets.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Returns the readers that are only in the first set.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Returns the set if `condition` is true, otherwise the empty set.
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

/// The names, separated by commas.
impl fmt::Display for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, reader) in self.iter().enumerate() {
            write!(f, "{}{reader}", if place == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

/// The readers that a change breaks, by direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Breaks {
    /// New readers that cannot read old data, or read wrong values.
    pub backward: Readers,
    /// Old readers that cannot read new data, or read wrong values.
    pub forward: Readers,
}

impl Breaks {
    /// Nothing.
    pub const NONE: Self = Self { backward: Readers::NONE, forward: Readers::NONE };
    /// Both directions for all readers.
    pub const ALL: Self = Self { backward: Readers::ALL, forward: Readers::ALL };

    /// Returns a break in both directions for these readers.
    pub(crate) fn both(readers: Readers) -> Self {
        Self { backward: readers, forward: readers }
    }

    /// Whether nothing breaks.
    pub fn is_empty(self) -> bool {
        self.backward.is_empty() && self.forward.is_empty()
    }

    /// Returns the breaks in both.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { backward: self.backward.and(other.backward), forward: self.forward.and(other.forward) }
    }

    /// Returns the breaks that are only in the first.
    #[must_use]
    pub fn without(self, other: Self) -> Self {
        Self { backward: self.backward.without(other.backward), forward: self.forward.without(other.forward) }
    }

    /// Returns the breaks in either.
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
