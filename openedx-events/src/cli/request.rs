//! One line of JSON that asks for something: an object with members of known names.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The members of a request that nobody has taken yet.
pub(super) struct Request<'a> {
    members: Vec<(String, &'a RawValue)>,
}

impl<'a> Request<'a> {
    /// Reads the object. Its members' values may be anything for now.
    pub(super) fn read(line: &'a str) -> Result<Self, String> {
        let Members(members) =
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

struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Self)
    }
}

struct MembersVisitor;

impl<'de> Visitor<'de> for MembersVisitor {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}
