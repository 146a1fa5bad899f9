//! Names the service that events come from, step by step, for the tests of it: `name=…`, `source=…`,
//! `show` and `read`.

use openedx_events::bus::{DeadLetter, DeadLetterReason, Header, Message, headers};
use openedx_events::cloudevents::CloudEvent;
use openedx_events::{EventsMetadata, set_service_name, set_source};

/// What a process does that only consumes.
fn read() {
    let text = r#"{"specversion": "1.0", "type": "org.example.house.door.shut.v1", "source": "openedx/lms/web",
        "id": "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f", "data": {}}"#;
    let event = CloudEvent::parse(text).expect("an event");
    assert_eq!(event.metadata().source(), "openedx/lms/web");
    let mut message = Message {
        headers: vec![Header::new(headers::TYPE, "org.example.house.door.shut.v1")],
        payload: None,
    };
    println!("read: {}", message.metadata("here").expect("metadata").source());
    message.headers.push(Header::new(headers::SOURCE, "openedx/cms/web"));
    println!("read: {}", message.metadata("here").expect("metadata").source());
    DeadLetter::new(DeadLetterReason::Undecodable, "no").message(&message, "group", "1");
}

fn main() {
    for step in std::env::args().skip(1) {
        let done = match step.split_once('=') {
            Some(("name", name)) => set_service_name(name),
            Some(("source", source)) => set_source(source),
            _ if step == "read" => {
                read();
                continue;
            }
            _ => {
                println!("source: {}", EventsMetadata::new("org.example.house.door.shut.v1").source());
                continue;
            }
        };
        println!("{}", done.err().map_or_else(|| "set".to_owned(), |error| error.to_string()));
    }
}
