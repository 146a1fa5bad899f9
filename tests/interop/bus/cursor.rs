//! A consumer in Python on a group of ours.

use openedx_events_tests::logs;
use openedx_events_tests::wait_until;

use crate::failures::{Events, outcome};
use crate::sides::{Sides, TIMEOUT};
use crate::upstream::arguments;

/// Making one is enough: it sets the cursor of the group behind the last entry, and what nobody had read is passed over.
#[test]
fn a_consumer_in_python_on_our_group_moves_its_cursor_and_that_is_reported() {
    let Some(sides) = Sides::start() else { return };
    logs::collect();
    let mut events = Events::new(7);
    let consumer = sides.consume("moved", "moved-group");
    events.publish(&sides, "moved", 1);
    wait_until("the first is done", || consumer.report().done == 1);
    consumer.stop(TIMEOUT).expect("it stops");
    let passed_over = events.publish(&sides, "moved", 2);
    sides.upstream().construct(&arguments("moved", "moved-group", "python", false));

    let consumer = sides.consume("moved", "moved-group");
    let last = events.publish(&sides, "moved", 1);
    wait_until("the last one is done", || consumer.report().done == 1);
    consumer.stop(TIMEOUT).expect("it stops");
    assert_eq!(outcome(&last), 1);
    assert_eq!(outcome(&passed_over), 0, "the server does not know any more where the group stood");
    let is_reported = |record: &logs::Record| {
        record.field("group") == "moved-group"
            && record.message.contains("the cursor of the group was moved by another program")
    };
    let reports: Vec<_> = logs::all().into_iter().filter(is_reported).collect();
    assert_eq!(reports.len(), 1, "{reports:?}");
    assert_eq!(reports[0].level, tracing::Level::WARN);
    assert_eq!(reports[0].field("topic"), "interop-moved");
}
