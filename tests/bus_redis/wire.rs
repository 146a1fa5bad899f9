//! The format of the entries.

use std::borrow::Cow;

use ::redis::Value;
use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, ErrorKind, Header, Message};
use openedx_events_tests::redis_server::RedisServer;

use crate::support::{bus, consumer, count, failed, publish, read, run, topic};

fn bytes(value: Value) -> Vec<u8> {
    match value {
        Value::BulkString(bytes) => bytes,
        other => panic!("{other:?}"),
    }
}

fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_entry_has_upstreams_fields_in_order_and_then_ours() {
    let Some(server) = RedisServer::start() else { return };
    let headers = [
        ("type", "org.openedx.learning.student.registration.completed.v1"),
        ("id", "3c4a2b3e-2c1f-11ee-be56-0242ac120002"),
        ("source", "openedx/lms/web"),
        ("time", "2026-11-21T07:00:00+00:00"),
        ("minorversion", "0"),
        ("sourcehost", "lms-1"),
        ("sourcelib", "11.2.0"),
        ("schema_fp", "00112233aabbccdd"),
        ("partitionkey", "key"),
    ];
    let headers = headers.iter().map(|(name, value)| Header::new(name, *value)).collect();
    let message = Message { headers, payload: Some(b"\x00\xff avro \r\n".to_vec()) };
    let bus = bus(&server);
    bus.producer().expect("a producer").publish(&topic(), std::slice::from_ref(&message)).expect("published");

    let entries = list(run(&mut server.client(), "XRANGE dev-learning - +"));
    let [entry] = <[Value; 1]>::try_from(entries).expect("one entry");
    let fields: Vec<_> = list(list(entry).remove(1)).into_iter().map(bytes).collect();
    let names: Vec<_> = fields.iter().step_by(2).map(|name| String::from_utf8_lossy(name)).collect();
    assert_eq!(
        names,
        [
            "type",
            "id",
            "source",
            "time",
            "minorversion",
            "sourcehost",
            "sourcelib",
            "event_data",
            "schema_fp",
            "partitionkey"
        ]
    );
    assert_eq!(fields[5], b"openedx/lms/web");
    assert_eq!(fields[15], b"\x00\xff avro \r\n");

    let consumer = consumer(&bus, "a");
    assert_eq!(read(&*consumer).deliveries[0].message, message);
    assert_eq!(bus.browse(&topic(), None, 10).expect("entries")[0].message, message);
}

#[test]
fn a_foreign_entry_keeps_every_byte() {
    let Some(server) = RedisServer::start() else { return };
    let mut client = server.client();
    ::redis::cmd("XADD")
        .arg(&["dev-learning", "*"])
        .arg(&[&b"event_data"[..], b"first", b"\xff\xfe", b"\x80", b"event_data", b"second", b"", b""])
        .exec(&mut client)
        .expect("added");
    run(&mut client, "XADD dev-learning * only header");
    let bus = bus(&server);
    let consumer = consumer(&bus, "a");
    let batch = read(&*consumer);
    let header = |name: &'static [u8], value: &'static [u8]| Header {
        name: Cow::Borrowed(name),
        value: Cow::Borrowed(value),
    };
    let [first, second] = &batch.deliveries[..] else { panic!("{batch:?}") };
    assert_eq!(first.message.payload.as_deref(), Some(&b"second"[..]), "the later one counts, as in Python");
    assert_eq!(
        first.message.headers,
        [header(b"\xff\xfe", b"\x80"), header(b"event_data", b"first"), header(b"", b"")]
    );
    assert_eq!(second.message.payload, None);
}

#[test]
fn entries_can_be_browsed_without_a_group() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    assert!(bus.browse(&topic(), None, 10).expect("no entries").is_empty());
    publish(&bus, &["1", "2", "3"]);
    let first = bus.browse(&topic(), None, 2).expect("entries");
    let rest = bus.browse(&topic(), Some(&first[1].entry), 2).expect("entries");
    assert_eq!(crate::support::payloads(&first), ["1", "2"]);
    assert_eq!(crate::support::payloads(&rest), ["3"]);
    assert!(bus.groups(&topic()).expect("groups").is_empty());
}

#[test]
fn an_address_may_have_a_password_and_a_database_or_be_a_socket() {
    let folder = tempfile::tempdir().expect("a folder");
    let socket = folder.path().join("socket").to_string_lossy().into_owned();
    let options = ["--requirepass", "secret", "--unixsocket", &socket];
    let Some(server) = RedisServer::start_with(&options) else { return };
    let server = server.with_credentials(":secret");
    let (by_port, by_socket) =
        (format!("{}/3", server.url()), format!("unix://{socket}?db=3&password=secret"));
    for (address, payload) in [(by_port, "1"), (by_socket, "2")] {
        publish(&Redis::open(&address).expect("an address"), &[payload]);
    }
    let mut client = server.client();
    assert_eq!(count(&mut client, "XLEN dev-learning"), 0);
    run(&mut client, "SELECT 3");
    assert_eq!(count(&mut client, "XLEN dev-learning"), 2);
    let error = failed(Redis::open(&server.url_of(":wrong")).expect("an address").producer());
    assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    assert!(!format!("{error:?}").contains("wrong"), "{error}");
}
