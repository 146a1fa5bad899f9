//! Batches of messages.

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, BusSettings, ErrorKind, Message, open_with};
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
