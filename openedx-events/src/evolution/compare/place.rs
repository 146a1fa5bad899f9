//! Where in an event a comparison is.

use crate::evolution::readers::{Breaks, Reader, Readers};

/// A place in both schemas.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: String,
    /// Whether nothing comes after it in either schema's bytes, so that what one has more at its end comes after all that
    /// the other has.
    pub(super) is_last: bool,
}

impl Place {
    pub(super) fn outermost() -> Self {
        Self { path: String::new(), is_last: true }
    }

    pub(super) fn field(&self, name: &str, is_last: bool) -> Self {
        let dot = if self.path.is_empty() { "" } else { "." };
        Self { path: format!("{}{dot}{name}", self.path), is_last: self.is_last && is_last }
    }

    pub(super) fn items(&self) -> Self {
        Self { path: format!("{}[]", self.path), is_last: false }
    }

    pub(super) fn values(&self) -> Self {
        Self { path: format!("{}{{}}", self.path), is_last: false }
    }
}

/// Another shape of the bytes, which readers by position misread both ways.
pub(super) fn by_position() -> Breaks {
    Breaks::both(Readers::from(Reader::PythonRedis))
}
