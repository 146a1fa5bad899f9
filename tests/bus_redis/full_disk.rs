//! A server whose disk is full.

use std::cell::Cell;

use openedx_events::Event as _;
use openedx_events::bus::Backend as _;
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{logs, wait_until};
use tracing::Level;

use crate::flow::{CrampedItem, TIMEOUT, consume, impatient, produce, quick, send, topic};

/// The server's file cannot grow. The server refuses every command that writes, which includes reads for a group.
#[test]
fn a_server_that_cannot_write_its_file_is_waited_for() {
    let Some(server) = RedisServer::start() else { return };
    logs::collect();
    let bus = impatient(&server.url());
    let _connection = CrampedItem::signal().connect("done", |_, _| Ok(()));
    let producer = produce::<CrampedItem>(&bus);
    let (consumer, seen) = consume::<CrampedItem>(&bus, "a", quick());
    send::<CrampedItem>(0..10);
    wait_until("the first are done", || seen.has(0..10));

    if !server.limit_files(Some(64 * 1024)) {
        return;
    }
    // The server accepts some events that it has no room for: it notices when it writes them, once a second.
    let sent = Cell::new(10);
    let send_more = |count| {
        let first = sent.get();
        send::<CrampedItem>(first..first + count);
        sent.set(first + count);
    };
    wait_until("the server refuses", || {
        if producer.report().queued == 0 {
            send_more(50);
        }
        !producer.is_ready() && !consumer.is_ready()
    });
    let topic = topic::<CrampedItem>();
    let refused = |what: &str| {
        logs::all().into_iter().any(|record| {
            record.level == Level::ERROR
                && record.field("topic") == topic.as_str()
                && record.message.contains(what)
                && record.field("error").contains("MISCONF")
                && record.field("error").contains("the server cannot write to its disk")
        })
    };
    wait_until("both log the reason", || {
        refused("could not publish") && refused("lost the connection to the bus")
    });
    assert!(!consumer.has_ended());
    send_more(10);
    let report = producer.report();
    assert!(report.queued >= 10 && report.refused == 0, "{report:?}");

    assert!(server.limit_files(None));
    wait_until("all are done", || seen.has(0..sent.get()));
    wait_until("both are ready again", || producer.is_ready() && consumer.is_ready());
    let groups = || bus.groups(&topic).expect("groups").swap_remove(0);
    wait_until("all is acknowledged", || (groups().lag, groups().pending) == (Some(0), 0));
    let report = producer.shutdown(TIMEOUT).expect("published");
    assert_eq!(report.published, u64::try_from(sent.get()).expect("a number"), "{report:?}");
    let report = consumer.stop(TIMEOUT).expect("it stops");
    assert_eq!((report.lost_groups, report.trimmed, report.dead_letters()), (0, 0, 0), "{report:?}");
    seen.assert_orderly();
    assert_eq!(
        seen.all().len(),
        seen.numbers().len(),
        "what was refused was not done, and was delivered once"
    );
}
