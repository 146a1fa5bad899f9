//! Batches of messages.

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, BusSettings, ErrorKind, Header, Message, open_with};
use openedx_events_tests::redis_server::RedisServer;

use crate::support::{bus, keyed, message, payloads, run, topic};

fn stored(bus: &Redis) -> Vec<String> {
    payloads(&bus.browse(&topic(), None, 10_000).expect("entries"))
}

#[test]
fn many_messages_keep_their_order_with_keys_and_without() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let mut producer = bus.producer().expect("a producer");
    let messages: Vec<Message> = (0..2345)
        .map(|number: usize| match number % 3 {
            0 => message(number.to_string()),
            key => keyed(&number.to_string(), &format!("{}", key * number / 500)),
        })
        .collect();
    producer.publish(&topic(), &messages).expect("published");
    producer.publish(&topic(), &[]).expect("nothing to publish");
    let expected: Vec<_> = (0..2345).map(|number| number.to_string()).collect();
    assert_eq!(stored(&bus), expected);
    // Large messages: more bytes than are in flight at a time.
    let large: Vec<_> = (0..12).map(|_| message("x".repeat(700_000))).collect();
    producer.publish(&topic(), &large).expect("published");
    assert_eq!(crate::support::count(&mut server.client(), "XLEN dev-learning"), 2345 + 12);
}

/// The server refuses in the middle of a batch: messages before that point are stored and counted, later ones are not.
#[test]
fn the_error_has_the_number_of_stored_messages() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let mut client = server.client();
    let used = match run(&mut client, "MEMORY STATS") {
        ::redis::Value::Array(values) => match &values[3] {
            ::redis::Value::Int(used) => *used,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    };
    run(&mut client, &format!("CONFIG SET maxmemory {}", used + 6_000_000));
    let messages: Vec<_> =
        (0..2000).map(|number: usize| keyed(&format!("{number} {}", "x".repeat(10_000)), "key")).collect();
    let error =
        bus.producer().expect("a producer").publish(&topic(), &messages).expect_err("there is no room");
    assert_eq!(error.error.kind(), ErrorKind::Busy);
    assert!(!error.is_unknown, "{error}");
    assert!(error.stored > 0 && error.stored < 2000, "{error}");
    run(&mut client, "CONFIG SET maxmemory 0");
    let stored = stored(&bus);
    assert_eq!(stored.len(), error.stored);
    for (number, payload) in stored.iter().enumerate() {
        assert!(payload.starts_with(&format!("{number} ")), "{number}: {}", &payload[..10]);
    }
}

/// Upstream's setting, which also trims unread entries, is off by default.
#[test]
fn topics_are_trimmed_only_if_the_settings_say_so() {
    let Some(server) = RedisServer::start() else { return };
    let length = |settings: &str| {
        let settings = BusSettings::layers().json("test", settings).read().expect("right");
        let bus = open_with(&server.url(), &settings).expect("the address is right");
        let messages: Vec<_> = (0..1000).map(|number: u32| message(number.to_string())).collect();
        bus.producer().expect("a producer").publish(&topic(), &messages).expect("published");
        crate::support::count(&mut server.client(), "XLEN dev-learning")
    };
    assert_eq!(length("{}"), 1000);
    // About this many: the server trims whole nodes of a hundred.
    let trimmed = length(r#"{"EVENT_BUS_REDIS_STREAM_MAX_LEN": 500}"#);
    assert!((500..=700).contains(&trimmed), "{trimmed}");
}

/// An event of two megabytes, with an id.
fn large(id: &str) -> Message {
    let mut large = message("x".repeat(2 * 1024 * 1024));
    large.headers.push(Header::new("id", id.to_owned()));
    large
}

#[test]
fn a_message_that_is_too_large_is_named_before_it_is_sent() {
    let Some(server) = RedisServer::start_with(&["--proto-max-bulk-len", "1mb"]) else { return };
    let bus = bus(&server);
    let mut producer = bus.producer().expect("a producer");
    let messages = [message("1"), message("2"), large("too-large"), message("3")];
    let error = producer.publish(&topic(), &messages).expect_err("it is too large");
    assert_eq!((error.stored, error.is_unknown, error.error.kind()), (2, false, ErrorKind::TooLarge));
    assert!(error.to_string().contains("the event too-large of the type `org.example.v1`"), "{error}");
    assert!(error.to_string().contains("2097152 bytes, and the server takes 1048576"), "{error}");
    // The connection is of use as before.
    producer.publish(&topic(), &messages[3..]).expect("published");
    assert_eq!(stored(&bus), ["1", "2", "3"]);

    // A limit that was raised counts from the next connection on.
    run(&mut server.client(), "CONFIG SET proto-max-bulk-len 4mb");
    bus.producer().expect("a producer").publish(&topic(), &messages[2..3]).expect("published");
    assert_eq!(stored(&bus).len(), 4);
}

/// Without the right to ask for the limit, the connection breaks at the message, each time, and what precedes it is not
/// published again.
#[test]
fn a_connection_breaks_at_the_message_that_is_too_large() {
    let Some(server) = RedisServer::start_with(&["--proto-max-bulk-len", "1mb"]) else { return };
    run(&mut server.client(), "ACL SETUSER limited on >pass ~* &* +@all -config");
    let bus = Redis::open(&server.url_of("limited:pass")).expect("an address");
    let mut producer = bus.producer().expect("a producer");
    let messages = [message("1"), message("2"), large("too-large"), message("3")];
    let mut rest = &messages[..];
    for expected in [2, 0, 0] {
        let error = producer.publish(&topic(), rest).expect_err("the server closes the connection");
        assert_eq!(error.stored, expected, "{error}");
        assert!(matches!(error.error.kind(), ErrorKind::Unreachable | ErrorKind::TooLarge), "{error}");
        rest = &rest[error.stored..];
    }
    producer.publish(&topic(), &rest[1..]).expect("published");
    assert_eq!(stored(&bus), ["1", "2", "3"]);
}
