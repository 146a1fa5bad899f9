//! What is posted, field by field, is what the Python plugin posts for the same events.

use openedx_events::testing;
use openedx_events::{cloudevents, get_signal_by_type};
use serde_json::Value;

use crate::receivers::SIGNALS;
use crate::webhook::{Posted, Server};

#[test]
fn every_field_is_that_of_the_python_plugin() {
    let expected: Vec<Value> = serde_json::from_str(include_str!("../posted_by_python.json")).expect("JSON");
    let events: Vec<_> = include_str!("../events.jsonl").lines().collect();
    assert_eq!(events.len(), expected.len());
    let server = Server::start([]);
    let scope = testing::isolate(SIGNALS);
    scope.provide(server.zapier()).expect("provided once");

    for (event, expected) in events.into_iter().zip(expected) {
        let (event, metadata) = cloudevents::from_json(event).expect("an event");
        assert_eq!(expected["id"], metadata.id().to_string());
        let signal = get_signal_by_type(event.info().event_type).expect("of the catalog");
        assert!(signal.send_any(event, metadata).expect("of this signal").is_ok());

        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let fields = expected["form"].as_array().expect("fields").iter();
        let form = fields.map(|field| (text(&field[0]), text(&field[1]))).collect();
        assert_eq!(server.posted().pop(), Some(Posted { webhook: text(&expected["webhook"]), form }));
    }
}
