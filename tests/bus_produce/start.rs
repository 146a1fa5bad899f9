//! Errors at the start of a producer.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{BusSettings, EventProducer};
use openedx_events_tests::faulty::Faulty;

use crate::notes::{NOTE_LOST, settings};

#[test]
fn a_required_bus_that_refuses_is_an_error_at_the_start() {
    let faulty = Faulty::default();
    faulty.refuse();
    let backend: Arc<dyn openedx_events::bus::Backend> = Arc::new(faulty);
    let settings = settings(&NOTE_LOST, &[("notes", "note.author")], r#", "EVENT_BUS_REQUIRED": true"#);
    let error = EventProducer::start_on(&backend, &settings).expect_err("it refuses");
    assert!(error.to_string().contains("the switch is off"), "{error}");
}

#[test]
fn producing_without_a_bus_is_an_error_at_the_start() {
    let settings = settings(&NOTE_LOST, &[("notes", "note.author")], "");
    let error = EventProducer::start(&settings).expect_err("there is no bus");
    assert!(error.to_string().contains("set EVENT_BUS_URL"), "{error}");
    let nothing = BusSettings::layers().read().expect("right");
    let producer = EventProducer::start(&nothing).expect("nothing to produce needs no bus");
    assert_eq!(producer.shutdown(Duration::ZERO).expect("nothing").published, 0);
}
