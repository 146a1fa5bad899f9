//! The members of a JSON object, with their values unparsed.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// The name and value of each member, in order. A name may occur several times.
pub(crate) struct RawMembers<'a>(pub(crate) Vec<(String, &'a RawValue)>);

/// Up to this many members each is compared with each, which takes less than hashing them.
const FEW: usize = 16;

impl RawMembers<'_> {
    /// The first name that was given before.
    pub(crate) fn repeated(&self) -> Option<&str> {
        let mut names = self.0.iter().map(|(name, _)| name.as_str()).enumerate();
        if self.0.len() <= FEW {
            let is_repeated =
                |(place, name): &(usize, &str)| self.0[..*place].iter().any(|(each, _)| each == name);
            return names.find(is_repeated).map(|(_, name)| name);
        }
        let mut seen = HashSet::with_capacity(self.0.len());
        names.find(|(_, name)| !seen.insert(*name)).map(|(_, name)| name)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for RawMembers<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(MembersVisitor).map(Self)
    }
}

/// What is wrong with a text that begins on a line, with the place. A value is usually on one line, so the line is named only if
/// there are several.
pub(crate) fn not_json(error: &serde_json::Error, first_line: u64) -> String {
    let (line, column) = (error.line(), error.column());
    let text = error.to_string();
    let Some(reason) = text.strip_suffix(&format!(" at line {line} column {column}")) else { return text };
    match u64::try_from(line).unwrap_or(u64::MAX) {
        ..=1 => format!("{reason} at column {column}"),
        line => format!("{reason} at line {} column {column}", first_line.saturating_add(line - 1)),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_repeated_is_found_among_few_and_among_many() {
        for count in [2, FEW - 1, FEW, FEW + 1, 1000] {
            let text = |last: usize| {
                let members: Vec<_> =
                    (1..count).chain([last]).map(|number| format!("\"{number}\":0")).collect();
                format!("{{{}}}", members.join(","))
            };
            let repeated = |text: &str| {
                let members: RawMembers<'_> = serde_json::from_str(text).expect("an object");
                members.repeated().map(str::to_owned)
            };
            assert_eq!(repeated(&text(count)), None, "{count}");
            assert_eq!(repeated(&text(count - 1)), Some((count - 1).to_string()));
        }
        assert!(serde_json::from_str::<RawMembers<'_>>("{}").expect("an object").repeated().is_none());
    }
}
