//! Lock files as text.

use super::{FORMAT, Lock, LockedEvent};
use crate::evolution::json::{Layout, Node};
use crate::evolution::readers::Reader;
use crate::evolution::version::Version;
use crate::evolution::waiver::Waiver;

impl Lock {
    /// The text of the file.
    pub fn to_text(&self) -> String {
        let mut members = vec![
            ("format", Node::number(FORMAT)),
            ("mode", Node::text(self.policy.mode.name())),
            ("readers", Node::texts(self.policy.readers.iter().map(Reader::name))),
        ];
        members.extend(
            self.crates.as_ref().map(|crates| ("crates", Node::texts(crates.iter().map(String::as_str)))),
        );
        let events = self.events.values().map(event).collect();
        let waivers = self.waivers.iter().map(waiver).collect();
        members.extend([
            ("waivers", Node::List(waivers, Layout::Block)),
            ("events", Node::List(events, Layout::Block)),
        ]);
        Node::Object(members, Layout::Block).to_text()
    }
}

fn event(event: &LockedEvent) -> Node {
    let mut members = vec![("event_type", Node::text(&event.event_type))];
    members.extend(event.current.iter().flat_map(version));
    if !event.history.is_empty() {
        let history =
            event.history.iter().map(|former| Node::Object(version(former), Layout::Block)).collect();
        members.push(("history", Node::List(history, Layout::Block)));
    }
    Node::Object(members, Layout::Block)
}

fn version(version: &Version) -> Vec<(&'static str, Node)> {
    let mut members = Vec::with_capacity(4);
    members.extend(version.note.as_ref().map(|note| ("note", Node::text(note))));
    members.extend(version.minor_version.map(|number| ("minor_version", Node::number(number))));
    members.push(("fingerprint", Node::text(&version.fingerprint.to_string())));
    members.push(("schema", version.definition.to_node()));
    members
}

fn waiver(waiver: &Waiver) -> Node {
    let members = vec![
        ("event_type", Node::text(&waiver.event_type)),
        ("fingerprint", Node::text(&waiver.fingerprint.to_string())),
        ("rule", Node::text(waiver.rule.name())),
        ("path", Node::text(&waiver.path)),
        ("reason", Node::text(&waiver.reason)),
    ];
    Node::Object(members, Layout::Block)
}
