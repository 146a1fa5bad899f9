//! Writes lock files.

use super::{FORMAT, Lock, LockedEvent};
use crate::avro::{Json, Layout};
use crate::evolution::readers::Reader;
use crate::evolution::version::Version;
use crate::evolution::waiver::Waiver;

impl Lock {
    /// Returns the text of the file.
    pub fn to_text(&self) -> String {
        let mut members = vec![
            ("format", Json::from(FORMAT)),
            ("mode", Json::string(self.policy.mode.name())),
            ("readers", Json::strings(self.policy.readers.iter().map(Reader::name))),
        ];
        members.extend(
            self.crates.as_ref().map(|crates| ("crates", Json::strings(crates.iter().map(String::as_str)))),
        );
        let events = self.events.values().map(event).collect();
        let waivers = self.waivers.iter().map(waiver).collect();
        members.extend([
            ("waivers", Json::list(waivers, Layout::Block)),
            ("events", Json::list(events, Layout::Block)),
        ]);
        Json::object(members, Layout::Block).to_lines()
    }
}

fn event(event: &LockedEvent) -> Json {
    let mut members = vec![("event_type", Json::string(&event.event_type))];
    members.extend(event.current.iter().flat_map(version));
    if !event.history.is_empty() {
        let history =
            event.history.iter().map(|former| Json::object(version(former), Layout::Block)).collect();
        members.push(("history", Json::list(history, Layout::Block)));
    }
    Json::object(members, Layout::Block)
}

fn version(version: &Version) -> Vec<(&'static str, Json)> {
    let mut members = Vec::with_capacity(4);
    members.extend(version.note.as_ref().map(|note| ("note", Json::string(note))));
    members.extend(version.minor_version.map(|number| ("minor_version", Json::from(number))));
    members.push(("fingerprint", Json::string(&version.fingerprint.to_string())));
    members.push(("schema", version.definition.to_json()));
    members
}

fn waiver(waiver: &Waiver) -> Json {
    let members = vec![
        ("event_type", Json::string(&waiver.event_type)),
        ("fingerprint", Json::string(&waiver.fingerprint.to_string())),
        ("rule", Json::string(waiver.rule.name())),
        ("path", Json::string(&waiver.path)),
        ("reason", Json::string(&waiver.reason)),
    ];
    Json::object(members, Layout::Block)
}
