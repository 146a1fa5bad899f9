//! What is shown of a message beside its event.

use std::borrow::Cow;
use std::io;

use crate::bus::Message;
use crate::data::to_json;
use crate::{EventData, PersonalData};

/// In the place of personal data.
pub(super) const REDACTED: &str = "<redacted>";

/// The text of a header.
pub(super) fn text<'a>(message: &'a Message, header: &str) -> Option<Cow<'a, str>> {
    message.header(header).map(String::from_utf8_lossy)
}

/// The key of a message, which may be personal.
pub(super) fn key(message: &Message, personal: PersonalData) -> Option<String> {
    message.key().map(|key| match personal {
        PersonalData::Keep => String::from_utf8_lossy(key).into_owned(),
        PersonalData::Redact => REDACTED.to_owned(),
    })
}

/// Members as a line of JSON, with the event as the last one, if there is one.
pub(super) fn line_with_event(members: &impl EventData, event: Option<&str>) -> io::Result<String> {
    let line = to_json(members, PersonalData::Redact).map_err(io::Error::from)?;
    Ok(with_member(line, "event", event.unwrap_or("null")))
}

/// The object of a line of JSON, with one member more.
pub(super) fn with_member(mut line: String, name: &str, json: &str) -> String {
    line.pop();
    format!("{line},\"{name}\":{json}}}")
}
