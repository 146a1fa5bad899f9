//! How many entries are handled at once: [`Handling`].

/// How many entries workers handle at the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Handling {
    /// This many, side by side.
    Parallel(usize),
    /// One that is suspect: nothing else is handled beside it.
    Alone,
}

impl Handling {
    /// Whether one more may begin.
    pub(super) fn allows(self, is_suspect: bool) -> bool {
        match self {
            Self::Parallel(running) => running == 0 || !is_suspect,
            Self::Alone => false,
        }
    }

    pub(super) fn begin(&mut self, is_suspect: bool) {
        *self = if is_suspect { Self::Alone } else { Self::Parallel(self.count() + 1) };
    }

    pub(super) fn finish(&mut self) {
        *self = Self::Parallel(self.count() - 1);
    }

    pub(super) fn count(self) -> usize {
        match self {
            Self::Parallel(running) => running,
            Self::Alone => 1,
        }
    }
}
