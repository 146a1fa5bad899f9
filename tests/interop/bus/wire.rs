//! The entries themselves.

use std::cell::RefCell;
use std::rc::Rc;

use openedx_events::EventsMetadata;
use openedx_events::bus::Message;
use openedx_events::bus::headers::{EVENT_DATA, ID, MINORVERSION, SOURCE, SOURCEHOST, SOURCELIB, TIME, TYPE};
use openedx_events_tests::random::Random;
use serde_json::Value;

use crate::receiving::{draw, with_metadata};
use crate::sending::send;
use crate::sides::{SEED, Sides, full};
use crate::signals::signals_on_the_bus;

/// How many events of each signal, with metadata of all kinds.
const EVENTS: usize = 3;

const FIELDS: [&str; 8] = [TYPE, ID, SOURCE, TIME, MINORVERSION, SOURCEHOST, SOURCELIB, EVENT_DATA];

type Entry = Vec<(Vec<u8>, Vec<u8>)>;

/// The names and values of all entries, in their order.
fn entries(sides: &Sides, topic: &str) -> Vec<Entry> {
    let reply: Vec<(String, Vec<Vec<u8>>)> = redis::cmd("XRANGE")
        .arg(&[full(topic).as_str(), "-", "+"])
        .query(&mut sides.server.client())
        .expect("entries");
    let pairs = |(_, fields): (String, Vec<Vec<u8>>)| {
        fields.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
    };
    reply.into_iter().map(pairs).collect()
}

/// Holds that what Rust wrote to one topic is what Python writes of the same.
fn assert_same(sides: &Sides, topic: &str, events: &[(Value, EventsMetadata)]) {
    let theirs_topic = format!("{topic}-python");
    let events: Vec<_> = events.iter().map(|(record, metadata)| (record, metadata)).collect();
    let mut upstream = sides.upstream();
    for lot in events.chunks(100) {
        upstream.produce(&theirs_topic, lot);
    }
    assert_eq!(upstream.log, [""; 0]);
    let (ours, theirs) = (entries(sides, topic), entries(sides, &theirs_topic));
    assert_eq!((ours.len(), theirs.len()), (events.len(), events.len()));
    for ((ours, theirs), (record, metadata)) in ours.iter().zip(&theirs).zip(events) {
        let names: Vec<_> = theirs.iter().map(|(name, _)| String::from_utf8_lossy(name)).collect();
        assert_eq!(names, FIELDS);
        for (our, their) in ours.iter().zip(theirs) {
            assert!(
                our == their,
                "INTEROP_SEED={:#x}: Rust writes {}: {}, Python {}: {}, of {metadata:?} {record}",
                *SEED,
                our.0.escape_ascii(),
                our.1.escape_ascii(),
                their.0.escape_ascii(),
                their.1.escape_ascii(),
            );
        }
        assert!(ours.len() >= FIELDS.len(), "{ours:?}");
    }
}

#[test]
fn an_entry_begins_with_the_fields_that_python_writes_to_the_byte() {
    let Some(sides) = Sides::start() else { return };
    let mut random = Random::new(SEED.wrapping_add(5));
    let mut events = Vec::new();
    let mut messages = Vec::new();
    for signal in signals_on_the_bus().into_iter().flat_map(|signal| [signal; EVENTS]) {
        let (record, event) = draw(&mut random, signal);
        let metadata = random.metadata(signal.event_type());
        messages.push(Message::of_event(&*event, &metadata).expect("a message"));
        events.push((record, metadata));
    }
    sides.bus().producer().expect("a producer").publish(&full("wire"), &messages).expect("published");
    assert_same(&sides, "wire", &events);
}

#[test]
fn an_entry_of_a_sent_event_is_what_python_writes_of_it() {
    let Some(sides) = Sides::start() else { return };
    let mut random = Random::new(SEED.wrapping_add(6));
    let events = Rc::new(RefCell::new(Vec::new()));
    let producing = sides.produce("sent");
    for signal in signals_on_the_bus() {
        let (record, event) = draw(&mut random, signal);
        let events = Rc::clone(&events);
        with_metadata(move |metadata| events.borrow_mut().push((record, metadata.clone())), || send(event));
    }
    assert_eq!(producing.finish().published, events.borrow().len() as u64);
    assert_same(&sides, "sent", &events.borrow());
}
