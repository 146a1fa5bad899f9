//! What a page is rendered with: [`Context`].

use std::fmt;
use std::ops::{Deref, DerefMut};

use serde_json::{Map, Value};

/// What a page is rendered with, or what an API answers: a `dict` of upstream, as JSON.
///
/// Dereferences to the map of its members. `Debug` shows their names only, as the values may be personal.
///
/// # Examples
///
/// ```
/// use openedx_events::filters::Context;
///
/// let mut context = Context::new();
/// context.insert("theme".to_owned(), "dark".into());
/// assert_eq!(context["theme"], "dark");
/// assert_eq!(format!("{context:?}"), r#"Context {"theme"}"#);
/// ```
#[derive(Clone, Default, PartialEq)]
pub struct Context(Map<String, Value>);

impl Context {
    /// No members.
    pub fn new() -> Self {
        Self::default()
    }

    /// The members.
    pub fn into_inner(self) -> Map<String, Value> {
        self.0
    }
}

impl Deref for Context {
    type Target = Map<String, Value>;

    fn deref(&self) -> &Map<String, Value> {
        &self.0
    }
}

impl DerefMut for Context {
    fn deref_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }
}

impl From<Map<String, Value>> for Context {
    fn from(members: Map<String, Value>) -> Self {
        Self(members)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Context {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(members: I) -> Self {
        Self(members.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Context ")?;
        f.debug_set().entries(self.0.keys()).finish()
    }
}
