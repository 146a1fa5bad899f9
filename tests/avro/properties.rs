//! Random events of every type: written, read and the same.

use fastrand::Rng;
use openedx_events::{AnySignal, PersonalData, all_events};
use openedx_events_tests::random::{Random, seed};

/// Of each event.
const RECORDS: usize = 150;

#[test]
fn what_is_written_is_read_as_the_same() {
    let seed = seed("AVRO_SEED");
    println!("seed {seed:#018x}; AVRO_SEED repeats it");
    let (mut random, mut changes) = (Random::new(seed), Rng::with_seed(seed));
    let signals = all_events().iter().filter(|signal| is_shipped(**signal));
    let mut types = 0;
    for signal in signals {
        for run in 0..RECORDS {
            let record = random.record(signal.record()).to_string();
            let place = format!("seed {seed:#x}, {} {run}: {record}", signal.event_type());
            let event = signal.read_json(&record).unwrap_or_else(|error| panic!("{place}: {error}"));
            let mut bytes = Vec::new();
            event.encode(&mut bytes).unwrap_or_else(|error| panic!("{place}: {error}"));
            let decoded = signal.decode(&bytes).unwrap_or_else(|error| panic!("{place}: {error}"));
            let json =
                |event: &dyn openedx_events::AnyEvent| event.to_json(PersonalData::Keep).expect("JSON");
            assert_eq!(json(decoded.as_ref()), json(event.as_ref()), "{place}");
            let mut again = Vec::new();
            decoded.encode(&mut again).expect("it was read");
            assert_eq!(again, bytes, "{place}");
            damaged(*signal, bytes, &mut changes);
        }
        types += 1;
    }
    assert_eq!(types, 73);
}

/// Whatever is done to the bytes, there is an error with a place in them, or an event that can be written.
fn damaged(signal: &dyn AnySignal, mut bytes: Vec<u8>, random: &mut Rng) {
    let mut number = |below: usize| random.usize(..below);
    match number(3) {
        0 => bytes.truncate(number(bytes.len())),
        1 => {
            let at = number(bytes.len());
            bytes[at] ^= 1 << number(7);
        }
        _ => {
            let at = number(bytes.len());
            bytes.insert(at, 0xff);
        }
    }
    match signal.decode(&bytes) {
        Ok(event) => event.encode(&mut Vec::new()).expect("what can be read can be written"),
        Err(error) => assert!(error.offset().is_some_and(|offset| offset <= bytes.len()), "{error}"),
    }
}

fn is_shipped(signal: &dyn AnySignal) -> bool {
    signal.info().module.starts_with("openedx_events::") && signal.schema().is_ok()
}
