//! What must hold for any bytes and any text. The fuzz targets call it, and the tests of the workspace with the corpus.

pub mod bus;
pub mod cloud_events;
pub mod filters;
pub mod writer_schema;

use std::fmt::{Debug, Display};
use std::str::FromStr;

use openedx_events::avro::writer::decode_of_release;
use openedx_events::{AnyEvent, AnySignal, PersonalData, all_events};

/// The first byte picks an event, the others are its encoding. What can be read can be written, and is then the same for
/// ever.
pub fn decode(data: &[u8]) {
    let Some((signal, bytes)) = pick(data) else { return };
    let Ok(event) = signal.decode(bytes) else { return };
    same_again(signal, event.as_ref());
}

/// The first two bytes pick an event and a release of upstream, the others are the encoding by that release.
pub fn older_release(data: &[u8]) {
    let Some((signal, [release, bytes @ ..])) = pick(data) else { return };
    // 9.0.0 to 9.20.0, 10.0.0 to 10.5.0, 11.0.0 to 11.2.0 among others.
    let sourcelib = [9 + u32::from(release >> 6), u32::from(release & 0x1f), u32::from(release >> 5 & 1)];
    let Ok(event) = decode_of_release(signal, &sourcelib, bytes) else { return };
    same_again(signal, event.as_ref());
}

fn pick(data: &[u8]) -> Option<(&'static dyn AnySignal, &[u8])> {
    let (first, bytes) = data.split_first()?;
    let events = all_events();
    Some((events[usize::from(*first) % events.len()], bytes))
}

fn same_again(signal: &dyn AnySignal, event: &dyn AnyEvent) {
    let mut bytes = Vec::new();
    event.encode(&mut bytes).expect("what was read can be written");
    let again = signal.decode(&bytes).expect("what was written can be read");
    let mut bytes_again = Vec::new();
    again.encode(&mut bytes_again).expect("what was read can be written");
    assert_eq!(bytes, bytes_again);
    let json = event.to_json(PersonalData::Keep).expect("what was read has JSON");
    assert_eq!(json, again.to_json(PersonalData::Keep).expect("what was read has JSON"));
    let from_json = signal.read_json(&json).expect("our own JSON");
    assert_eq!(json, from_json.to_json(PersonalData::Keep).expect("what was read has JSON"));
}

/// A text that is a key is written, and what is written is a key that is written so.
pub fn key<K>(data: &[u8])
where
    K: FromStr<Err: Display> + Display + Debug + PartialEq + Clone,
{
    let Ok(text) = std::str::from_utf8(data) else { return };
    match text.parse::<K>() {
        Ok(key) => {
            let written = key.to_string();
            // Upstream writes some keys in a way that it does not read: a course by its version, with a branch.
            if let Ok(again) = written.parse::<K>() {
                assert_eq!(again.to_string(), written);
            }
            assert_eq!(key.clone(), key);
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
}
