//! Reads lock files.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value};

use super::{FORMAT, Lock, LockedEvent};
use crate::avro::Fingerprint;
use crate::evolution::definition::Definition;
use crate::evolution::error::EvolutionError;
use crate::evolution::policy::Policy;
use crate::evolution::readers::Readers;
use crate::evolution::version::Version;
use crate::evolution::waiver::Waiver;
use crate::suggest::nearest;
use crate::text_file::without_mark;

impl Lock {
    /// Parses the text of a lock file. `path` is the path of the file, for messages.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is damaged or has a later format, or if a fingerprint does not match its schema.
    pub fn parse(text: &str, path: &Path) -> Result<Self, EvolutionError> {
        let damaged = |message| EvolutionError::Damaged { path: path.to_owned(), message };
        let value: Value = serde_json::from_str(without_mark(text))
            .map_err(|error| damaged(format!("not JSON: {error}")))?;
        match value.get("format").and_then(Value::as_u64) {
            Some(format) if format > u64::from(FORMAT) => {
                return Err(EvolutionError::NewerFormat { path: path.to_owned(), format });
            }
            Some(format) if format > 0 => {}
            _ => return Err(damaged("not a lock file: it has no number `format`".to_owned())),
        }
        lock(&value).map_err(|problem| damaged(problem.to_string()))
    }
}

/// What is wrong and where in the JSON.
struct Problem {
    path: String,
    message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        f.write_str(&self.message)
    }
}

type Result<T, E = Problem> = std::result::Result<T, E>;

/// An object and its path.
struct Object<'a> {
    members: &'a Map<String, Value>,
    path: String,
}

impl<'a> Object<'a> {
    /// Checks that the value is an object with no members but these.
    fn new(value: &'a Value, path: String, known: &[&str]) -> Result<Self> {
        let Value::Object(members) = value else {
            return Err(Problem { path, message: "not an object".to_owned() });
        };
        if let Some(name) = members.keys().find(|name| !known.contains(&name.as_str())) {
            let near = nearest(name, known.iter().copied());
            return Err(Problem { path, message: format!("unknown member `{}`{near}", name.escape_debug()) });
        }
        Ok(Self { members, path })
    }

    fn path(&self, name: &str) -> String {
        if self.path.is_empty() { name.to_owned() } else { format!("{}.{name}", self.path) }
    }

    fn problem(&self, name: &str, message: &(impl ToString + ?Sized)) -> Problem {
        Problem { path: self.path(name), message: message.to_string() }
    }

    fn required(&self, name: &str) -> Result<&'a Value> {
        self.members
            .get(name)
            .ok_or_else(|| Problem { path: self.path.clone(), message: format!("has no `{name}`") })
    }

    fn text(&self, name: &str) -> Result<&'a str> {
        self.required(name)?.as_str().ok_or_else(|| self.problem(name, "not a text"))
    }

    fn list(&self, name: &str) -> Result<impl Iterator<Item = (String, &'a Value)> + use<'a>> {
        let items = match self.members.get(name) {
            None => &[][..],
            Some(Value::Array(items)) => items,
            Some(_) => return Err(self.problem(name, "not a list")),
        };
        let path = self.path(name);
        Ok(items.iter().enumerate().map(move |(place, item)| (format!("{path}[{place}]"), item)))
    }

    /// Parses the text of a member.
    fn parsed<T: std::str::FromStr<Err: ToString>>(&self, name: &str) -> Result<T> {
        self.text(name)?.parse().map_err(|error: T::Err| self.problem(name, &error))
    }
}

fn lock(value: &Value) -> Result<Lock> {
    let lock =
        Object::new(value, String::new(), &["format", "mode", "readers", "crates", "waivers", "events"])?;
    lock.required("readers")?;
    let readers = texts(lock.list("readers")?)?
        .iter()
        .map(|name| {
            name.parse().map_err(|error: crate::evolution::InvalidReader| lock.problem("readers", &error))
        })
        .collect::<Result<Readers>>()?;
    if readers.is_empty() {
        return Err(lock.problem("readers", "is empty, so that nothing could break"));
    }
    let crates = lock.members.contains_key("crates").then(|| texts(lock.list("crates")?)).transpose()?;
    let mut events = BTreeMap::new();
    for (path, item) in lock.list("events")? {
        let event = event(item, path.clone())?;
        if let Some(twice) = events.insert(event.event_type.clone(), event) {
            let message = format!("the event `{}` appears twice", twice.event_type);
            return Err(Problem { path, message });
        }
    }
    let mut waivers =
        lock.list("waivers")?.map(|(path, item)| waiver(item, path)).collect::<Result<Vec<_>>>()?;
    waivers.sort();
    Ok(Lock { policy: Policy { mode: lock.parsed("mode")?, readers }, crates, events, waivers })
}

fn texts<'a>(items: impl Iterator<Item = (String, &'a Value)>) -> Result<Vec<String>> {
    items
        .map(|(path, item)| match item {
            Value::String(text) => Ok(text.clone()),
            _ => Err(Problem { path, message: "not a text".to_owned() }),
        })
        .collect()
}

fn event(value: &Value, path: String) -> Result<LockedEvent> {
    let known = ["event_type", "note", "minor_version", "fingerprint", "schema", "history"];
    let event = Object::new(value, path, &known)?;
    let event_type = event.text("event_type")?.to_owned();
    let history = event
        .list("history")?
        .map(|(path, item)| {
            let former = Object::new(item, path, &["note", "minor_version", "fingerprint", "schema"])?;
            version(&former, &event_type)
        })
        .collect::<Result<Vec<_>>>()?;
    let is_removed = !event.members.contains_key("schema") && !history.is_empty();
    let current = if is_removed { None } else { Some(version(&event, &event_type)?) };
    Ok(LockedEvent { event_type, current, history })
}

fn version(members: &Object<'_>, event_type: &str) -> Result<Version> {
    let minor_version = match members.members.get("minor_version") {
        None => None,
        Some(number) => Some(
            number
                .as_u64()
                .and_then(|number| u32::try_from(number).ok())
                .ok_or_else(|| members.problem("minor_version", "not a version number"))?,
        ),
    };
    let definition = Definition::from_json(members.required("schema")?).map_err(|error| {
        let dot = if error.path().is_empty() { "" } else { "." };
        members.problem(&format!("schema{dot}{}", error.path()), &format!("{event_type}: {}", error.reason()))
    })?;
    if definition.event_type() != Some(event_type) {
        return Err(members.problem("schema", &format!("not the schema of an event `{event_type}`")));
    }
    let stated: Fingerprint = members.parsed("fingerprint")?;
    let mut version = Version::new(minor_version, definition);
    if version.fingerprint != stated {
        let actual = version.fingerprint;
        return Err(members.problem(
            "fingerprint",
            &format!("{event_type}: {stated} does not belong to the schema, whose fingerprint is {actual}"),
        ));
    }
    version.note =
        members.members.contains_key("note").then(|| members.text("note")).transpose()?.map(str::to_owned);
    Ok(version)
}

fn waiver(value: &Value, path: String) -> Result<Waiver> {
    let waiver = Object::new(value, path, &["event_type", "fingerprint", "rule", "path", "reason"])?;
    let reason = waiver.text("reason")?.trim();
    if reason.is_empty() {
        return Err(waiver.problem("reason", "is empty: say why the change may break"));
    }
    Ok(Waiver {
        event_type: waiver.text("event_type")?.to_owned(),
        fingerprint: waiver.parsed("fingerprint")?,
        rule: waiver.parsed("rule")?,
        path: waiver.text("path")?.to_owned(),
        reason: reason.to_owned(),
    })
}
