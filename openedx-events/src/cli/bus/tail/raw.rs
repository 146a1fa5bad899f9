//! Entries that this program does not know: [`Raw`].

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::PersonalData;
use crate::bus::{DeadLetter, Delivery, dead_letter, headers};
use crate::cli::bus::follow::Source;
use crate::cli::bus::shown::{self, REDACTED};

/// An entry of which only the headers can be read.
pub(super) struct Raw<'a> {
    pub(super) delivery: &'a Delivery,
    pub(super) source: &'a Source,
    pub(super) personal: PersonalData,
}

impl Raw<'_> {
    /// The entry as a line of JSON: why it cannot be decoded, its headers, and its payload as base64. The payload and
    /// the key may be personal data.
    pub(super) fn line(&self, why: &str) -> String {
        let Self { delivery, source, personal } = self;
        let payload = delivery.message.payload.as_ref();
        let bytes = payload.map(Vec::len);
        let payload = payload.map(|payload| match personal {
            PersonalData::Keep => BASE64.encode(payload),
            PersonalData::Redact => REDACTED.to_owned(),
        });
        let members = [
            ("undecoded", json!(why)),
            ("topic", json!(source.topic.as_str())),
            ("entry", json!(delivery.entry.as_str())),
            ("headers", json!(self.headers())),
            ("payload_bytes", json!(bytes)),
            ("payload_base64", json!(payload)),
        ];
        let members: Vec<_> = members.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    }

    /// The values of the headers. One that occurs several times has a list.
    fn headers(&self) -> BTreeMap<String, Value> {
        let mut headers = BTreeMap::new();
        for header in &self.delivery.message.headers {
            let is_hidden =
                self.personal == PersonalData::Redact && *header.name == *headers::PARTITION_KEY.as_bytes();
            let value = match std::str::from_utf8(&header.value) {
                _ if is_hidden => json!(REDACTED),
                Ok(text) => json!(text),
                Err(_) => json!({"base64": BASE64.encode(&header.value)}),
            };
            let name = String::from_utf8_lossy(&header.name).into_owned();
            match headers.get_mut(&name) {
                None => drop(headers.insert(name, value)),
                Some(Value::Array(values)) => values.push(value),
                Some(first) => *first = json!([first.take(), value]),
            }
        }
        headers
    }

    /// The line with a member that says why the entry is a dead letter.
    pub(super) fn with_reason(&self, line: String) -> String {
        let message = &self.delivery.message;
        let Ok(letter) = DeadLetter::read(message) else { return line };
        let failures = letter.failures.iter().map(|failure| {
            json!({"receiver": failure.receiver, "error": failure.error, "attempts": failure.attempts})
        });
        let dead_letter = json!({
            "entry": self.delivery.entry.as_str(),
            "reason": letter.reason.as_str(),
            "group": shown::text(message, dead_letter::GROUP),
            "of_entry": shown::text(message, dead_letter::ENTRY),
            "time": shown::text(message, dead_letter::TIME),
            "failures": failures.collect::<Vec<_>>(),
        });
        shown::with_member(line, "dead_letter", &dead_letter.to_string())
    }
}
