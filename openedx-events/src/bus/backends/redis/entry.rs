//! Messages as entries of a stream. The form is that of upstream's `event-bus-redis`: its seven fields and the payload,
//! and then fields that it ignores.

use super::request::Request;
use crate::bus::message::Message;
use crate::bus::message::headers::{EVENT_DATA, ID, MINORVERSION, SOURCE, SOURCEHOST, SOURCELIB, TIME, TYPE};

/// The headers before the payload.
const FIRST: [&str; 7] = [TYPE, ID, SOURCE, TIME, MINORVERSION, SOURCEHOST, SOURCELIB];

/// Names and values in turn.
pub(super) fn fields(message: &Message) -> impl Iterator<Item = &[u8]> {
    let is_first = |name: &[u8]| FIRST.iter().any(|first| first.as_bytes() == name);
    let first = message.headers.iter().take_while(|header| is_first(&header.name)).count();
    let (first, others) = message.headers.split_at(first);
    let payload = message.payload.as_deref().map(|payload| [EVENT_DATA.as_bytes(), payload]);
    first
        .iter()
        .map(|header| [&*header.name, &*header.value])
        .chain(payload)
        .chain(others.iter().map(|header| [&*header.name, &*header.value]))
        .flatten()
}

/// Adds the command that puts a message at the end of a stream.
pub(super) fn add(request: &mut Request, stream: &str, max_len: Option<&str>, message: &Message) {
    let pairs = message.headers.len() + usize::from(message.payload.is_some());
    let trim: &[&[u8]] = match &max_len {
        Some(max_len) => &[b"MAXLEN", b"~", max_len.as_bytes()],
        None => &[],
    };
    request.begin(3 + trim.len() + 2 * pairs).parts(&[b"XADD", stream.as_bytes()]).parts(trim).part(b"*");
    for field in fields(message) {
        request.part(field);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::message::Header;

    fn names(headers: &[&'static str], payload: Option<Vec<u8>>) -> Vec<String> {
        let headers = headers.iter().map(|name| Header::new(name, "")).collect();
        let message = Message { headers, payload };
        fields(&message).step_by(2).map(|name| String::from_utf8_lossy(name).into_owned()).collect()
    }

    #[test]
    fn the_payload_stands_behind_upstreams_headers() {
        let written = names(&["type", "id", "schema_fp", "source"], Some(Vec::new()));
        assert_eq!(written, ["type", "id", "event_data", "schema_fp", "source"]);
        assert_eq!(names(&["other"], Some(Vec::new())), ["event_data", "other"]);
        assert_eq!(names(&["type", "other"], None), ["type", "other"]);
    }
}
