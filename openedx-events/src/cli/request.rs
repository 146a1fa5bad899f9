//! One line of JSON that asks for something: an object with members of known names.

use serde_json::value::RawValue;

use crate::raw_members::RawMembers;

/// The members of a request that nobody has taken yet.
pub(super) struct Request<'a> {
    members: Vec<(String, &'a RawValue)>,
}

impl<'a> Request<'a> {
    /// Reads the object. Its members' values may be anything for now.
    pub(super) fn read(line: &'a str) -> Result<Self, String> {
        let RawMembers(members) =
            serde_json::from_str(line).map_err(|error| format!("not a JSON object: {error}"))?;
        for (place, (name, _)) in members.iter().enumerate() {
            if members[..place].iter().any(|(before, _)| before == name) {
                return Err(format!("`{}` is given twice", name.escape_debug()));
            }
        }
        Ok(Self { members })
    }

    /// Takes a member out, as it stands in the text.
    pub(super) fn take(&mut self, name: &str) -> Result<&'a str, String> {
        let place = self.members.iter().position(|(each, _)| each == name);
        match place {
            Some(place) => Ok(self.members.remove(place).1.get()),
            None => Err(format!("`{name}` is missing")),
        }
    }

    /// Takes a member out that has to be text.
    pub(super) fn take_text(&mut self, name: &str) -> Result<String, String> {
        serde_json::from_str(self.take(name)?).map_err(|_| format!("`{name}`: expected a text"))
    }

    /// That no member is left.
    pub(super) fn finish(self) -> Result<(), String> {
        match self.members.first() {
            None => Ok(()),
            Some((name, _)) => Err(format!("`{}` is no member of a request here", name.escape_debug())),
        }
    }
}
