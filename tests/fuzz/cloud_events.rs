//! What must hold for CloudEvents in JSON.

use openedx_events::cloudevents::{self, CloudEvent};
use openedx_events::{PersonalData, all_events};

/// The first byte picks where the text comes from: from the other bytes as they are, or from an event with as many members
/// as the second byte says, in which the other bytes are one more member, the data, or what comes last.
pub fn cloud_event(data: &[u8]) {
    let Some((kind, data)) = data.split_first() else { return };
    let text = match (kind % 4, data.split_first()) {
        (0, _) | (_, None) => String::from_utf8_lossy(data).into_owned(),
        (kind, Some((count, rest))) => with_members(kind, *count, &String::from_utf8_lossy(rest)),
    };
    read(&text);
}

/// An event with members of the numbers from 1 on: 1 to 4096 of them.
fn with_members(kind: u8, count: u8, part: &str) -> String {
    let events = all_events();
    let event_type = events[usize::from(count >> 4) % events.len()].event_type();
    let members = (0..1_u32 << (count & 0xf).min(12)).map(|number| format!("\"m{number:x}\":{number},"));
    let members: String = members.collect();
    let known = format!(
        r#""specversion":"1.0","type":"{event_type}","source":"openedx/fuzz/web","id":"0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f""#
    );
    match kind {
        1 => format!("{{{members}{known},{part},\"data\":{{}}}}"),
        2 => format!("{{{members}{known},\"data\":{part}}}"),
        _ => format!("{{{known},\"data\":{{{members}{part}}}}}"),
    }
}

/// What can be read can be written, and is then read as the same.
fn read(text: &str) {
    let read = match CloudEvent::parse(text) {
        Ok(read) => read,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.reason().is_empty());
            return;
        }
    };
    assert!(!format!("{read:?}").is_empty());
    assert!(read.unused().all(|(name, _)| !name.is_empty()));
    match read.event() {
        Ok(event) => {
            let metadata = read.metadata();
            let written =
                cloudevents::to_json(event.as_ref(), metadata, PersonalData::Keep).expect("it was read");
            let (event_again, metadata_again) = cloudevents::from_json(&written).expect("it was written");
            assert_eq!(&metadata_again, metadata);
            let again = cloudevents::to_json(event_again.as_ref(), &metadata_again, PersonalData::Keep);
            assert_eq!(again.expect("it was read"), written);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
