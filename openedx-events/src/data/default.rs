//! Defaults of fields.

use std::fmt;

use serde_json::Value;

/// The default of a [`Field`](super::Field).
#[derive(Clone, Copy)]
pub struct FieldDefault(fn() -> Option<Value>);

impl FieldDefault {
    pub(super) const fn new(value: fn() -> Option<Value>) -> Self {
        Self(value)
    }

    /// Evaluates the default and returns it as JSON; `None` if it has no JSON form, such as a datetime after the year
    /// 9999.
    pub fn to_json(self) -> Option<Value> {
        (self.0)()
    }
}

impl fmt::Debug for FieldDefault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.to_json())
    }
}
