//! A request: a JSON object whose members have known names.

use serde_json::value::RawValue;

use crate::raw_members::{RawMembers, not_json};
use crate::{AnySignal, get_signal_by_type};

/// The members of a request that have not been taken yet.
pub(super) struct Request<'a> {
    members: Vec<(String, &'a RawValue)>,
}

impl<'a> Request<'a> {
    /// Reads the object, which begins on this line of its file. The values of its members are not checked yet.
    pub(super) fn read(text: &'a str, first_line: u64) -> Result<Self, String> {
        let members: RawMembers<'a> = serde_json::from_str(text)
            .map_err(|error| format!("not a JSON object: {}", not_json(&error, first_line)))?;
        match members.repeated() {
            Some(name) => Err(format!("`{}` is given twice", name.escape_debug())),
            None => Ok(Self { members: members.0 }),
        }
    }

    /// Removes a member and returns its JSON text.
    pub(super) fn take(&mut self, name: &str) -> Result<&'a str, String> {
        let place = self.members.iter().position(|(each, _)| each == name);
        match place {
            Some(place) => Ok(self.members.remove(place).1.get()),
            None => Err(format!("`{name}` is missing")),
        }
    }

    /// Removes a member that must be a string.
    pub(super) fn take_text(&mut self, name: &str) -> Result<String, String> {
        serde_json::from_str(self.take(name)?).map_err(|_| format!("`{name}`: expected a string"))
    }

    /// Removes `event_type`, and returns its signal.
    pub(super) fn take_signal(&mut self) -> Result<&'static dyn AnySignal, String> {
        get_signal_by_type(&self.take_text("event_type")?).map_err(|error| error.to_string())
    }

    /// Returns an error if a member is left.
    pub(super) fn finish(self) -> Result<(), String> {
        match self.members.first() {
            None => Ok(()),
            Some((name, _)) => Err(format!("unknown member `{}`", name.escape_debug())),
        }
    }
}
