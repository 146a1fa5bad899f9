//! Servers that refuse commands: wrong types, credentials, rights, memory, loading.

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, DeadLetter, DeadLetterReason, EntryWrite, ErrorKind};
use openedx_events_tests::redis_server::RedisServer;

use crate::support::{bus, consumer, failed, ids, message, pending, publish, read, run, topic};

#[test]
fn a_key_that_is_not_a_stream_is_refused() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    run(&mut server.client(), "SET dev-learning text");
    let error =
        bus.producer().expect("a producer").publish(&topic(), &[message("1")]).expect_err("no stream");
    assert_eq!((error.stored, error.is_unknown, error.error.kind()), (0, false, ErrorKind::Refused));
    assert!(error.to_string().contains("not a stream"), "{error}");
    assert_eq!(failed(bus.consumer(&crate::support::subscription("a"))).kind(), ErrorKind::Refused);
    assert_eq!(failed(bus.groups(&topic())).kind(), ErrorKind::Refused);
    assert_eq!(failed(bus.browse(&topic(), None, 1)).kind(), ErrorKind::Refused);
    // Other topics are not affected.
    let other = openedx_events::bus::Topic::new("other").expect("a name");
    bus.producer().expect("a producer").publish(&other, &[message("1")]).expect("published");
}

#[test]
fn a_wrong_or_missing_password_is_refused() {
    let Some(server) = RedisServer::start_with(&["--requirepass", "right"]) else { return };
    for credentials in ["", ":wrong", "nobody:right"] {
        let bus = Redis::open(&server.url_of(credentials)).expect("an address");
        let error = failed(bus.producer());
        assert_eq!(error.kind(), ErrorKind::Refused, "{credentials}: {error}");
    }
    let server = server.with_credentials(":right");
    publish(&bus(&server), &["1"]);
}

/// The user may run every command but one.
fn bus_without(server: &RedisServer, command: &str) -> Redis {
    run(&mut server.client(), &format!("ACL SETUSER limited on >pass ~* &* +@all {command}"));
    Redis::open(&server.url_of("limited:pass")).expect("an address")
}

#[test]
fn a_command_that_the_user_may_not_run_is_refused_and_nothing_is_done() {
    let Some(server) = RedisServer::start() else { return };
    publish(&bus(&server), &["1", "2"]);

    let limited = bus_without(&server, "-xack");
    let consumer = consumer(&limited, "a");
    let batch = read(&*consumer);
    let error = failed(consumer.acknowledge(&ids(&batch)));
    assert_eq!(error.kind(), ErrorKind::Refused);
    assert!(error.to_string().contains("xack"), "{error}");
    assert_eq!(
        failed(consumer.read(10, crate::support::NOT_AT_ALL, &ids(&batch))).kind(),
        ErrorKind::Refused
    );
    // Without the right to acknowledge no dead letter is written either.
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    assert_eq!(failed(consumer.dead_letter(&batch.deliveries[0], &dead_letter)).kind(), ErrorKind::Refused);
    assert!(limited.browse(&topic().dead_letters(), None, 1).expect("no letters").is_empty());
    assert_eq!(pending(&limited), 2);
    drop(consumer);

    for command in ["-xadd", "-multi", "-exec"] {
        let limited = bus_without(&server, command);
        let messages = [message("3"), message("4")];
        let published = limited.producer().expect("a producer").publish(&topic(), &messages);
        let error = published.expect_err(command);
        assert_eq!(error.error.kind(), ErrorKind::Refused, "{command}: {error}");
        let stored = limited.browse(&topic(), None, 100).expect("entries").len() - 2;
        // Without a transaction each message is stored on its own, and the error says how many are.
        assert_eq!(error.stored, stored, "{command}");
        assert_eq!(stored, if command == "-multi" { 2 } else { 0 }, "{command}");
        run(&mut server.client(), "XTRIM dev-learning MAXLEN 2");
        let left = crate::support::payloads(&limited.browse(&topic(), None, 100).expect("entries"));
        if stored > 0 {
            assert_eq!(left, ["3", "4"]);
            run(&mut server.client(), "XTRIM dev-learning MAXLEN 0");
            publish(&bus(&server), &["1", "2"]);
        }
    }
}

#[test]
fn a_wait_ends_without_the_right_to_unblock_it() {
    let Some(server) = RedisServer::start() else { return };
    let limited = bus_without(&server, "-client|unblock");
    let consumer = consumer(&limited, "a");
    std::thread::scope(|scope| {
        let reading = scope.spawn(|| consumer.read(10, crate::support::LONG, &[]).expect("a batch"));
        openedx_events_tests::wait_until("the read waits", || {
            server.client_list().contains("cmd=xreadgroup")
        });
        consumer.wake();
        assert!(reading.join().expect("no panic").deliveries.is_empty());
    });
}

#[test]
fn dead_letters_need_no_right_to_run_scripts() {
    let Some(server) = RedisServer::start() else { return };
    run(&mut server.client(), "ACL SETUSER limited on >pass ~* &* +@all -eval -evalsha");
    let limited = Redis::open(&server.url_of("limited:pass")).expect("an address");
    publish(&limited, &["1"]);
    let consumer = consumer(&limited, "a");
    let batch = read(&*consumer);
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    assert_eq!(
        consumer.dead_letter(&batch.deliveries[0], &dead_letter).expect("dead-lettered"),
        EntryWrite::Done(Some(1))
    );
    assert_eq!(limited.browse(&topic().dead_letters(), None, 10).expect("dead letters").len(), 1);
    assert_eq!(pending(&limited), 0);
}

#[test]
fn dead_letters_need_no_right_to_count_them() {
    let Some(server) = RedisServer::start() else { return };
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    for rights in ["-xlen", "-xlen -eval -evalsha"] {
        let limited = bus_without(&server, rights);
        publish(&limited, &["1"]);
        let consumer = consumer(&limited, "a");
        let batch = read(&*consumer);
        assert_eq!(
            consumer.dead_letter(&batch.deliveries[0], &dead_letter).expect("dead-lettered"),
            EntryWrite::Done(None),
            "{rights}"
        );
        assert_eq!(pending(&limited), 0, "{rights}");
    }
    assert_eq!(crate::support::count(&mut server.client(), "XLEN {dev-learning}.dlq"), 2);
}

#[test]
fn a_full_server_refuses_batches_as_a_whole_and_still_takes_acknowledgements() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let mut producer = bus.producer().expect("a producer");
    producer.publish(&topic(), &[message("1"), message("2")]).expect("published");
    let consumer = consumer(&bus, "a");
    let batch = read(&*consumer);
    run(&mut server.client(), "CONFIG SET maxmemory 1");
    let messages: Vec<_> = (0..250).map(|number| message(number.to_string())).collect();
    let error = producer.publish(&topic(), &messages).expect_err("there is no room");
    assert_eq!((error.stored, error.is_unknown, error.error.kind()), (0, false, ErrorKind::Busy));
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    assert_eq!(failed(consumer.dead_letter(&batch.deliveries[0], &dead_letter)).kind(), ErrorKind::Busy);
    assert_eq!(pending(&bus), 2, "neither the dead letter nor the acknowledgement");
    consumer.acknowledge(&ids(&batch)[1..]).expect("acknowledged");
    assert!(consumer.renew(&ids(&batch)[..1]).expect("kept").is_empty());
    run(&mut server.client(), "CONFIG SET maxmemory 0");
    let _ = consumer.dead_letter(&batch.deliveries[0], &dead_letter).expect("dead-lettered");
    producer.publish(&topic(), &messages).expect("published");
    assert_eq!(pending(&bus), 0);
    assert_eq!(crate::support::count(&mut server.client(), "XLEN dev-learning"), 252);
}

#[test]
fn a_server_that_loads_its_file_is_busy() {
    let Some(mut server) = RedisServer::start_with(&["--key-load-delay", "300"]) else { return };
    let bus = bus(&server);
    let messages: Vec<_> = (0..8000).map(|number| message(number.to_string())).collect();
    bus.producer().expect("a producer").publish(&topic(), &messages).expect("published");
    server.restart_without_waiting();
    let start = std::time::Instant::now();
    let mut was_busy = false;
    loop {
        match bus.groups(&topic()) {
            Ok(_) => break,
            Err(error) => {
                assert!(error.is_transient(), "{error:?}");
                was_busy |= error.kind() == ErrorKind::Busy;
            }
        }
        assert!(start.elapsed() < crate::support::LONG, "it loads for too long");
    }
    assert!(was_busy);
}
