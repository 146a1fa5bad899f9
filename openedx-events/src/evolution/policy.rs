//! Which breaks count.

use std::fmt;
use std::str::FromStr;

use super::readers::{Breaks, Readers};

/// What must stay readable: which way, and over how much of the history.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Mode {
    /// New readers read the data of the last version.
    Backward,
    /// The readers of the last version read new data.
    Forward,
    /// Both.
    Full,
    /// New readers read the data of every version.
    BackwardTransitive,
    /// The readers of every version read new data: upstream's rule, as producers and consumers are updated in any order
    /// and a consumer may lag by many releases.
    #[default]
    ForwardTransitive,
    /// Both, over every version.
    FullTransitive,
    /// Decoding by position, both ways and over every version: any change of the bytes' shape counts.
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

    /// Its name, such as `forward_transitive`.
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

    /// Whether all of the history counts, and not the last version alone.
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

/// A text that names no [`Mode`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidMode {
    text: String,
}

impl fmt::Display for InvalidMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = Mode::ALL.map(Mode::name).join(", ");
        write!(f, "there is no mode `{}`, but {all}", self.text.escape_debug())
    }
}

impl std::error::Error for InvalidMode {}

/// Which breaks count: in which mode, for which readers.
///
/// The default is `forward_transitive` for all readers. In this one a field may be added at the end of the event, as
/// readers by position leave alone what comes after their own last field, and nowhere else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Policy {
    /// Which way, and over how much of the history.
    pub mode: Mode,
    /// For whom. In the mode `positional` only [`PythonRedis`](super::Reader::PythonRedis) decodes so.
    pub readers: Readers,
}

impl Default for Policy {
    fn default() -> Self {
        Self { mode: Mode::default(), readers: Readers::ALL }
    }
}

impl Policy {
    /// What counts of what breaks.
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
