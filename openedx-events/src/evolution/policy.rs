//! Selects the breaks that count.

use std::fmt;
use std::str::FromStr;

use super::readers::{Breaks, Readers};
use crate::chain::debug_like_display;

/// The required compatibility: its direction, and how much of the history it covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// New readers can read data of the last version.
    Backward,
    /// Readers of the last version can read new data.
    Forward,
    /// Both.
    Full,
    /// New readers can read data of every version.
    BackwardTransitive,
    /// Readers of every version can read new data. This is upstream's rule: producers and consumers are updated in any
    /// order, and a consumer may lag by many releases.
    #[default]
    ForwardTransitive,
    /// Both, for every version.
    FullTransitive,
    /// Readers by position, in both directions and for every version: any change of the encoding counts.
    Positional,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Self; 7] = [
        Self::Backward,
        Self::Forward,
        Self::Full,
        Self::BackwardTransitive,
        Self::ForwardTransitive,
        Self::FullTransitive,
        Self::Positional,
    ];

    /// Returns the name, such as `forward_transitive`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Backward => "backward",
            Self::Forward => "forward",
            Self::Full => "full",
            Self::BackwardTransitive => "backward_transitive",
            Self::ForwardTransitive => "forward_transitive",
            Self::FullTransitive => "full_transitive",
            Self::Positional => "positional",
        }
    }

    /// Whether new readers must read old data.
    pub fn is_backward(self) -> bool {
        !matches!(self, Self::Forward | Self::ForwardTransitive)
    }

    /// Whether old readers must read new data.
    pub fn is_forward(self) -> bool {
        !matches!(self, Self::Backward | Self::BackwardTransitive)
    }

    /// Whether the whole history counts, not only the last version.
    pub fn is_transitive(self) -> bool {
        matches!(
            self,
            Self::BackwardTransitive | Self::ForwardTransitive | Self::FullTransitive | Self::Positional
        )
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Mode {
    type Err = InvalidMode;

    fn from_str(text: &str) -> Result<Self, InvalidMode> {
        Self::ALL
            .into_iter()
            .find(|mode| mode.name() == text)
            .ok_or_else(|| InvalidMode { text: text.to_owned() })
    }
}

/// The error returned when a text is not the name of a [`Mode`].
#[derive(Clone, PartialEq, Eq)]
pub struct InvalidMode {
    text: String,
}

impl fmt::Display for InvalidMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Mode::ALL.map(Mode::name).join(", ");
        write!(f, "unknown mode `{}`, expected one of {all}", self.text.escape_debug())
    }
}

debug_like_display!(InvalidMode);

impl std::error::Error for InvalidMode {}

/// The breaks that count: a mode and a set of readers.
///
/// The default is `forward_transitive` for all readers. It only allows a field to be added at the end of the event, as
/// readers by position ignore what follows their own last field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// The required compatibility.
    pub mode: Mode,
    /// The readers that count. In the mode `positional` this is ignored: only
    /// [`PythonRedis`](super::Reader::PythonRedis) decodes by position.
    pub readers: Readers,
}

impl Default for Policy {
    fn default() -> Self {
        Self { mode: Mode::default(), readers: Readers::ALL }
    }
}

impl Policy {
    /// Returns those of the breaks that count.
    #[must_use]
    pub fn counted(self, breaks: Breaks) -> Breaks {
        let readers = match self.mode {
            Mode::Positional => super::Reader::PythonRedis.into(),
            _ => self.readers,
        };
        Breaks {
            backward: breaks.backward.and(readers).when(self.mode.is_backward()),
            forward: breaks.forward.and(readers).when(self.mode.is_forward()),
        }
    }
}

/// `forward_transitive for rust, python-redis`.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mode {
            Mode::Positional => self.mode.fmt(f),
            mode => write!(f, "{mode} for {}", self.readers),
        }
    }
}
