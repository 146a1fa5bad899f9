//! Recorded messages: written to the byte, and read back.

use openedx_events::PersonalData;
use openedx_events::get_signal_by_type;
use openedx_events_tests::conformance::vectors;

#[test]
fn recorded_messages_are_read_and_written() {
    let (mut equal, mut naive, mut types) = (0, 0, Vec::new());
    for recorded in vectors() {
        let place = format!("{} {}", recorded.event_type, recorded.case);
        let signal = get_signal_by_type(&recorded.event_type).expect("the event is declared");
        types.push(signal.event_type());
        let event = signal.read_json(&recorded.record.to_string()).expect("a recorded event");
        let expected = event.to_json(PersonalData::Keep).expect("it came from JSON");

        let decoded = signal.decode(&recorded.bytes).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(decoded.to_json(PersonalData::Keep).expect("JSON"), expected, "{place}");

        let mut bytes = b"before".to_vec();
        event.encode(&mut bytes).unwrap_or_else(|error| panic!("{place}: {error}"));
        let bytes = bytes.strip_prefix(b"before").expect("appended");
        if bytes == recorded.bytes {
            equal += 1;
        } else {
            // The recorded text of a naive datetime has no offset; ours says that it is UTC. With what is ours taken away
            // and the texts' lengths not looked at, the rest must be the same.
            assert!(without_utc(bytes) == without_utc(&recorded.bytes), "{place}");
            assert_eq!(decoded_again(signal, bytes), expected, "{place}");
            naive += 1;
        }
    }
    types.dedup();
    assert_eq!((types.len(), equal + naive), (73, 459));
    // The datetimes themselves are listed by the test of the catalog.
    println!("{equal} messages equal to the byte, {naive} but for naive datetimes, which are written as UTC");
    assert_eq!(naive, NAIVE_MESSAGES);
}

/// How many of the recorded messages hold a naive datetime.
const NAIVE_MESSAGES: usize = 21;

fn decoded_again(signal: &dyn openedx_events::AnySignal, bytes: &[u8]) -> String {
    signal.decode(bytes).expect("our own bytes").to_json(PersonalData::Keep).expect("JSON")
}

/// The bytes without `+00:00` behind digits, and without the byte that holds the length of a datetime's text.
fn without_utc(bytes: &[u8]) -> Vec<u8> {
    let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    let mut rest = text.replace("+00:00", "");
    for (with, without) in [(25, 19), (32, 26)] {
        for len in [with, without] {
            // Twice the length is its encoding.
            rest = strip_length(&rest, char::from(2 * len));
        }
    }
    rest.bytes().collect()
}

/// Takes a character away where a datetime follows.
fn strip_length(text: &str, length: char) -> String {
    let chars: Vec<_> = text.chars().collect();
    let is_date = |at: usize| {
        chars.get(at + 1..at + 12).is_some_and(|date| {
            date[..4].iter().all(char::is_ascii_digit) && date[4] == '-' && date[7] == '-' && date[10] == 'T'
        })
    };
    chars
        .iter()
        .enumerate()
        .filter(|(at, each)| **each != length || !is_date(*at))
        .map(|(_, each)| each)
        .collect()
}
