//! The place in an event that is being compared.

use crate::evolution::readers::{Breaks, Reader, Readers};

/// A place in both schemas.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) path: String,
    /// Whether nothing follows it in the encoding of either schema, so that additional fields at its end come after all
    /// bytes of the other schema.
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

/// The breaks of a change of the encoding, which readers by position misread in both directions.
pub(super) fn by_position() -> Breaks {
    Breaks::both(Readers::from(Reader::PythonRedis))
}
