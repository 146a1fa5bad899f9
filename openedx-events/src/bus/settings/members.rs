//! The members of an object of settings: [`Members`].

use std::fmt::Display;
use std::time::Duration;

use serde_json::{Map, Value};

use super::text::{control, trimmed};
use super::values::Values;
use crate::receiver::delivery::{DeliveryPolicy, InUnits};
use crate::suggest::nearest;

/// The members of an object, taken one by one.
pub(super) struct Members<'v> {
    pub(super) values: &'v mut Values,
    pub(super) place: String,
    left: Map<String, Value>,
    /// The names of the settings that exist here.
    known: Vec<String>,
}

impl<'v> Members<'v> {
    pub(super) fn of(values: &'v mut Values, place: String, value: Value) -> Self {
        let left = values.members(&place, value, "settings");
        Self { values, place, left, known: Vec::new() }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.left.keys().cloned().collect()
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.known.push(name.to_owned());
        self.left.remove(name)
    }

    /// Sets the value if the member is there and valid. Returns whether it was.
    pub(super) fn set<T: Member>(&mut self, name: &str, into: &mut T) -> bool {
        let Some(value) = self.take(name) else { return false };
        let value = T::read(&value);
        if value.is_none() {
            self.values.problem(format!("{}.{name}", self.place), format!("expected {}", T::expected()));
        }
        value.map(|value| *into = value).is_some()
    }

    /// Sets the text if the member is there and not blank.
    pub(super) fn set_text(&mut self, name: &str, into: &mut Option<String>) {
        let mut text = Text(String::new());
        if self.set(name, &mut text) {
            *into = Some(text.0);
        }
    }

    /// Sets a limit that may be zero, if the member is there and valid.
    pub(super) fn set_limit(&mut self, name: &str, set: impl FnOnce(Duration)) {
        let mut limit = Limit(Duration::ZERO);
        if self.set(name, &mut limit) {
            set(limit.0);
        }
    }

    /// Reads a member that is an object.
    pub(super) fn within(&mut self, name: &str, read: impl FnOnce(&mut Members<'_>)) {
        let Some(value) = self.take(name) else { return };
        let mut members = Members::of(self.values, format!("{}.{name}", self.place), value);
        read(&mut members);
        members.finish();
    }

    /// Every member that was not taken is unknown.
    pub(super) fn finish(self) {
        for name in self.left.keys() {
            let near = nearest(name, self.known.iter().map(String::as_str));
            let near = if near.is_empty() {
                format!("; use one of {}", listed(&self.known, "`", ", "))
            } else {
                near
            };
            self.values.problem(&self.place, format!("unknown setting `{}`{near}", name.escape_debug()));
        }
    }
}

/// The type of a member.
pub(super) trait Member: Sized {
    /// What is expected, for messages.
    fn expected() -> String;

    fn read(value: &Value) -> Option<Self>;
}

impl Member for bool {
    fn expected() -> String {
        "`true` or `false`".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

macro_rules! whole_numbers {
    ($($number:ty),+) => {
        $(impl Member for $number {
            fn expected() -> String {
                "a whole number of at least 1".to_owned()
            }

            fn read(value: &Value) -> Option<Self> {
                value.as_u64().filter(|number| *number > 0)?.try_into().ok()
            }
        })+
    };
}

whole_numbers!(u32, u64, usize);

impl Member for Duration {
    fn expected() -> String {
        "a duration: a whole number of at least 1 with a unit, `ms`, `s`, `m` or `h`, such as \"30s\""
            .to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_str()?.parse().ok().map(|InUnits(time)| time)
    }
}

/// A text that is not blank, as other texts of the settings are read.
pub(super) struct Text(pub(super) String);

impl Member for Text {
    fn expected() -> String {
        "a text that is not empty and has no control characters".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        let text = trimmed(value.as_str()?);
        (!text.is_empty() && control(text).is_none()).then(|| Self(text.to_owned()))
    }
}

/// A duration that may be zero.
struct Limit(Duration);

impl Member for Limit {
    fn expected() -> String {
        "a duration: a whole number with a unit, `ms`, `s`, `m` or `h`, such as \"24h\", or \"0s\" for none"
            .to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        if value.as_str() == Some("0s") {
            Some(Self(Duration::ZERO))
        } else {
            Duration::read(value).map(Self)
        }
    }
}

/// A limit that can be turned off, with "never" since TOML has no null.
impl<T: Member> Member for Option<T> {
    fn expected() -> String {
        format!("{}, or \"never\"", T::expected())
    }

    fn read(value: &Value) -> Option<Self> {
        if value.is_null() || value.as_str() == Some("never") { Some(None) } else { T::read(value).map(Some) }
    }
}

/// Implements [`Member`] for enums by their names in settings.
macro_rules! string_enums {
    ($($type:ty: $($string:literal => $value:expr),+;)+) => {
        $(impl Member for $type {
            fn expected() -> String {
                listed(&[$($string),+], "\"", " or ")
            }

            fn read(value: &Value) -> Option<Self> {
                match value.as_str()? {
                    $($string => Some($value),)+
                    _ => None,
                }
            }
        })+
    };
}

pub(super) use string_enums;

/// Reads how events are delivered to one receiver, without its timeout.
pub(super) fn delivery_policy(config: &mut Members<'_>, policy: &mut DeliveryPolicy) {
    config.set("max_attempts", &mut policy.max_attempts);
    config.set("initial_backoff", &mut policy.initial_backoff);
    config.set("max_backoff", &mut policy.max_backoff);
    config.set_limit("outage_limit", |limit| policy.outage_limit = Some(limit));
    config.set("dedup", &mut policy.dedup);
}

pub(super) fn listed(names: &[impl Display], quote: &str, between: &str) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("{quote}{name}{quote}")).collect();
    names.join(between)
}
