//! The user of the bus is deleted while it works.

use std::thread;
use std::time::{Duration, Instant};

use openedx_events::Event as _;
use openedx_events::bus::ErrorKind;
use openedx_events::bus::redis::Redis;
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{finishes, wait_until};

use crate::flow::{DisownedItem, consume, impatient, produce, quick, send};
use crate::support::{LONG, consumer, failed, ids, publish, read, run};

/// Under load, as the deletion may then hit each request.
#[test]
fn a_consumer_whose_user_is_deleted_under_load_can_be_stopped() {
    let Some(server) = RedisServer::start() else { return };
    let _connection = DisownedItem::signal().connect("done", |_, _| Ok(()));
    let producer = produce::<DisownedItem>(&impatient(&server.url()));
    for round in 0..20 {
        run(&mut server.client(), "ACL SETUSER disowned on >pass ~* &* +@all");
        let bus = Redis::open(&server.url_of("disowned:pass")).expect("an address");
        let mut settings = quick();
        settings.heartbeat = Duration::from_millis(20);
        let (consumer, seen) = consume::<DisownedItem>(&bus, &format!("consumer-{round}"), settings);
        send::<DisownedItem>(0..100);
        wait_until("it works", || !seen.all().is_empty());
        thread::sleep(Duration::from_millis(fastrand::u64(..20)));
        run(&mut server.client(), "ACL DELUSER disowned");
        let start = Instant::now();
        // With an error, as it had none of the rights left to finish with.
        let _ = finishes(move || consumer.stop(Duration::from_secs(5)));
        assert!(start.elapsed() < Duration::from_secs(10), "round {round}: {:?}", start.elapsed());
    }
    drop(producer);
}

#[test]
fn a_deleted_user_is_refused_at_once() {
    let Some(server) = RedisServer::start() else { return };
    run(&mut server.client(), "ACL SETUSER disowned on >pass ~* &* +@all");
    let bus = Redis::open(&server.url_of("disowned:pass")).expect("an address");
    publish(&bus, &["1"]);
    let consumer = consumer(&bus, "a");
    let held = ids(&read(&*consumer));
    thread::scope(|scope| {
        let reading = scope.spawn(|| consumer.read(1, LONG, &[]));
        wait_until("the read waits", || server.client_list().contains("cmd=xreadgroup"));
        let start = Instant::now();
        run(&mut server.client(), "ACL DELUSER disowned");
        let cut = failed(reading.join().expect("no panic"));
        assert_eq!(cut.kind(), ErrorKind::Unreachable, "its connection was closed: {cut}");
        let errors = [
            failed(consumer.read(1, LONG, &[])),
            failed(consumer.acknowledge(&held)),
            failed(consumer.renew(&held)),
            failed(consumer.release(&held)),
            failed(consumer.count_attempt(&held[0])),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert!(!error.to_string().contains("pass "), "{error}");
        }
        consumer.wake();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    });
}
