//! What was entered into a form: [`FormData`].

use std::fmt;

/// What was entered into a form: names with one or several values each, in their order. It is what a `QueryDict` is upstream.
///
/// `Debug` shows the names only, as what people enter is personal.
///
/// # Examples
///
/// ```
/// use openedx_events::filters::FormData;
///
/// let mut form: FormData = [("username", "ada"), ("interest", "maths"), ("interest", "engines")].into_iter().collect();
/// assert_eq!(form.get("interest"), Some("engines"));
/// assert_eq!(form.get_all("interest").collect::<Vec<_>>(), ["maths", "engines"]);
///
/// form.set("username", "ada.lovelace");
/// assert_eq!(form.get("username"), Some("ada.lovelace"));
/// ```
#[derive(Clone, Default, PartialEq, Eq)]
pub struct FormData(Vec<(String, String)>);

impl FormData {
    /// Nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The last value of a name, as a `QueryDict` gives it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// All values of a name.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.iter().filter(move |(each, _)| each == name).map(|(_, value)| value.as_str())
    }

    /// Replaces all values of a name by this one.
    pub fn set(&mut self, name: impl Into<String>, value: impl Into<String>) {
        let name = name.into();
        self.remove(&name);
        self.append(name, value);
    }

    /// Adds a value to those of a name.
    pub fn append(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.0.push((name.into(), value.into()));
    }

    /// Removes all values of a name.
    pub fn remove(&mut self, name: &str) {
        self.0.retain(|(each, _)| each != name);
    }

    /// The names and values, in their order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Takes fields out, so that no step sees them.
    pub fn hide(&mut self, names: &[&str]) -> HiddenFields {
        let all = std::mem::take(&mut self.0);
        let (hidden, rest) = all.into_iter().partition(|(name, _)| names.contains(&name.as_str()));
        self.0 = rest;
        HiddenFields(hidden)
    }

    /// Puts hidden fields back. They replace what steps may have set under their names.
    pub fn restore(&mut self, hidden: HiddenFields) {
        self.0.retain(|(name, _)| !hidden.0.iter().any(|(each, _)| each == name));
        self.0.extend(hidden.0);
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for FormData {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

impl fmt::Debug for FormData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FormData ")?;
        f.debug_set().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// Fields of a form that steps do not see: what [`FormData::hide`] has taken out.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HiddenFields(Vec<(String, String)>);

impl fmt::Debug for HiddenFields {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HiddenFields({})", self.0.len())
    }
}
