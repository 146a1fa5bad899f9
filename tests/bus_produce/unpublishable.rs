//! A message that the bus does not take holds up no other, with a real server that has a small limit.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::{Backend, BusSettings, EventProducer, Overflow, Topic, redis::Redis};
use openedx_events::{AnySignal as _, Event, signal};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{logs, wait_until};
use tracing::Level;

macro_rules! parcel_signals {
    ($($event:ident: $event_type:literal;)*) => {
        $(
            /// Sent when a parcel was packed.
            #[signal($event_type, key = street)]
            struct $event {
                street: String,
                number: i64,
                content: String,
            }

            impl Parcel for $event {
                fn new(street: &str, number: i64, size: usize) -> Self {
                    Self { street: street.to_owned(), number, content: "x".repeat(size) }
                }

                fn number(&self) -> i64 {
                    self.number
                }
            }
        )*
    };
}

parcel_signals! {
    ParcelLost: "org.example.post.parcel.lost.v1";
    ParcelKnown: "org.example.post.parcel.known.v1";
    ParcelKept: "org.example.post.parcel.kept.v1";
    ParcelSpilled: "org.example.post.parcel.spilled.v1";
    ParcelOfOneStreet: "org.example.post.parcel.of_one_street.v1";
    ParcelAlone: "org.example.post.parcel.alone.v1";
    ParcelForbidden: "org.example.post.parcel.forbidden.v1";
    ParcelAwaited: "org.example.post.parcel.awaited.v1";
}

trait Parcel: Event {
    fn new(street: &str, number: i64, size: usize) -> Self;
    fn number(&self) -> i64;
}

/// More than the server takes, and more than a queue has room for.
const TOO_LARGE: usize = 3 << 20;
const LARGER_THAN_A_QUEUE: usize = 17 << 20;
const FLUSH: Duration = Duration::from_mins(1);

/// A server that takes values of at most 1 MiB, which it tells nobody.
fn server() -> Option<RedisServer> {
    let server = server_that_tells()?;
    forbid(&server, "-config");
    Some(server)
}

fn server_that_tells() -> Option<RedisServer> {
    RedisServer::start_with(&["--proto-max-bulk-len", "1mb"])
}

/// Changes the rights of the user.
fn forbid(server: &RedisServer, rule: &str) {
    let mut client = server.client();
    ::redis::cmd("ACL").arg(&["SETUSER", "default", rule]).exec(&mut client).expect("the rule is set");
}

fn settings<E: Parcel>(topic: &str, overflow: Overflow) -> BusSettings {
    let config = serde_json::json!({
        "EVENT_BUS_PRODUCER_CONFIG":
            {E::signal().event_type(): {topic: {"event_key_field": "street", "enabled": true}}}
    });
    let settings = BusSettings::layers().json("test", &config.to_string()).read().expect("right");
    settings.overflow(overflow).audit_logging(false)
}

fn start<E: Parcel>(redis: &Redis, topic: &str, overflow: Overflow) -> EventProducer {
    logs::collect();
    let backend: Arc<dyn Backend> = Arc::new(redis.clone());
    EventProducer::start_on(&backend, &settings::<E>(topic, overflow)).expect("started")
}

fn send<E: Parcel>(street: &str, number: i64, size: usize) -> openedx_events::Responses {
    E::signal().send_event(E::new(street, number, size))
}

/// The numbers of the events in a topic.
fn stored<E: Parcel>(redis: &Redis, topic: &str) -> Vec<i64> {
    let entries = redis.browse(&Topic::new(topic).expect("a topic"), None, 100_000).expect("read");
    let number = |payload: Option<&[u8]>| {
        let event = E::signal().decode(payload.expect("data")).expect("an event");
        event.as_any().downcast_ref::<E>().expect("an event").number()
    };
    entries.iter().map(|delivery| number(delivery.message.payload.as_deref())).collect()
}

/// The errors that name the event.
fn told<E: Parcel>() -> Vec<logs::Record> {
    let mut records = logs::of(E::signal().event_type());
    records
        .retain(|record| record.level == Level::ERROR && record.message.contains("does not take this event"));
    records
}

#[test]
fn the_others_go_on_in_their_order() {
    let Some(server) = server() else { return };
    let redis = Redis::open(&server.url()).expect("opened");
    let producer = start::<ParcelLost>(&redis, "lost", Overflow::default());
    for number in 0..90 {
        let size = if number == 40 { TOO_LARGE } else { 100 };
        assert!(send::<ParcelLost>(&format!("street {}", number % 7), number, size).is_ok());
    }
    assert_eq!(producer.flush(FLUSH), 0);
    let mut numbers = stored::<ParcelLost>(&redis, "lost");
    // One of another key has shown that the bus takes others; it may come earlier than those of other keys.
    for street in 0..7 {
        let of_street: Vec<_> = numbers.iter().copied().filter(|number| number % 7 == street).collect();
        assert!(of_street.is_sorted(), "{of_street:?}");
    }
    numbers.sort_unstable();
    assert_eq!(numbers, (0..90).filter(|number| *number != 40).collect::<Vec<_>>());
    let report = producer.report();
    assert_eq!((report.published, report.lost, report.set_aside), (89, 1, 0), "{report:?}");
    assert!(producer.is_ready());
    let told = told::<ParcelLost>();
    let [told] = &told[..] else { panic!("{told:?}") };
    assert!(told.message.ends_with("it is lost"), "{}", told.message);
    assert_eq!((told.field("topic"), told.field("event_id").len()), ("lost", 36));
    assert!(told.field("bytes").parse::<usize>().expect("a size") > TOO_LARGE, "{told:?}");
    producer.shutdown(FLUSH).expect("published");
}

/// The bus can be asked for its limit: it is named before it is sent, and needs no other one to show that it is the cause.
#[test]
fn one_beyond_a_known_limit_holds_up_nobody() {
    let Some(server) = server_that_tells() else { return };
    let redis = Redis::open(&server.url()).expect("opened");
    let producer = start::<ParcelKnown>(&redis, "known", Overflow::default());
    for number in 0..20 {
        let size = if [0, 7, 8].contains(&number) { TOO_LARGE } else { 100 };
        assert!(send::<ParcelKnown>("Elm Street", number, size).is_ok());
    }
    assert_eq!(producer.flush(FLUSH), 0);
    let expected: Vec<_> = (0..20).filter(|number| ![0, 7, 8].contains(number)).collect();
    assert_eq!(stored::<ParcelKnown>(&redis, "known"), expected);
    assert_eq!((producer.shutdown(FLUSH).expect("published").lost, told::<ParcelKnown>().len()), (3, 3));
}

/// It is kept in the spill file, is not tried again, and is told at each start.
#[test]
fn it_is_put_aside_in_the_spill_file() {
    let Some(server) = server() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let overflow = Overflow::Spill(folder.path().join("spill"));
    let redis = Redis::open(&server.url()).expect("opened");
    let producer = start::<ParcelKept>(&redis, "kept", overflow.clone());
    for number in 0..10 {
        send::<ParcelKept>(&number.to_string(), number, if number < 2 { TOO_LARGE } else { 100 });
    }
    assert_eq!(producer.flush(FLUSH), 0);
    let report = producer.shutdown(FLUSH).expect("published");
    assert_eq!((report.published, report.lost, report.set_aside, report.spilled), (8, 0, 2, 0), "{report:?}");
    assert_eq!(told::<ParcelKept>().len(), 2);

    let producer = start::<ParcelKept>(&redis, "kept", overflow);
    let is_told = logs::all().into_iter().any(|record| {
        record.level == Level::WARN
            && record.field("topic") == "kept"
            && record.field("events") == "2"
            && record.message.contains("openedx-events spill")
    });
    assert!(is_told);
    assert_eq!(producer.shutdown(FLUSH).expect("nothing is tried").failed_attempts, 0);
    let bus = openedx_events::bus::open(&format!("sqlite:{}", folder.path().join("spill.0").display()));
    let letters = Topic::new("kept").expect("a topic").dead_letters();
    let letters = bus.expect("opened").browse(&letters, None, 10).expect("read");
    let reasons: Vec<_> = letters.iter().map(|letter| letter.message.header("dlq_reason")).collect();
    assert_eq!(reasons, [Some(&b"unpublishable"[..]); 2]);
}

/// It is in the spill file itself, and everything behind it too.
#[test]
fn a_spilled_one_holds_up_nobody() {
    let Some(mut server) = server() else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let redis = Redis::open(&server.url()).expect("opened");
    server.kill();
    let producer = start::<ParcelSpilled>(&redis, "spilled", Overflow::Spill(folder.path().join("spill")));
    for number in 0..20 {
        let size = match number {
            0 => LARGER_THAN_A_QUEUE,
            5 => TOO_LARGE,
            _ => 100,
        };
        assert!(send::<ParcelSpilled>(&number.to_string(), number, size).is_ok());
    }
    assert_eq!((producer.report().queued, producer.report().spilled), (1, 19));
    server.restart();
    assert_eq!(producer.flush(FLUSH), 0);
    let mut numbers = stored::<ParcelSpilled>(&redis, "spilled");
    numbers.sort_unstable();
    assert_eq!(numbers, (0..20).filter(|number| ![0, 5].contains(number)).collect::<Vec<_>>());
    let report = producer.shutdown(FLUSH).expect("published");
    assert_eq!(
        (report.published, report.set_aside, report.lost, report.spilled),
        (18, 2, 0, 0),
        "{report:?}"
    );
}

/// Everything has one key: nothing may be published between a message and those behind it, unless it never is.
#[test]
fn the_order_of_a_key_holds() {
    let Some(server) = server() else { return };
    let redis = Redis::open(&server.url()).expect("opened");
    let producer = start::<ParcelOfOneStreet>(&redis, "one-street", Overflow::default());
    for number in 0..50 {
        send::<ParcelOfOneStreet>("Elm Street", number, if number == 10 { TOO_LARGE } else { 100 });
    }
    assert_eq!(producer.flush(FLUSH), 0);
    let expected: Vec<_> = (0..50).filter(|number| *number != 10).collect();
    assert_eq!(stored::<ParcelOfOneStreet>(&redis, "one-street"), expected);
    assert_eq!(producer.shutdown(FLUSH).expect("published").lost, 1);
}

/// A queue that it fills alone has room for another one, which shows that it is the cause.
#[test]
fn one_that_fills_the_queue_makes_way() {
    let Some(server) = server() else { return };
    let redis = Redis::open(&server.url()).expect("opened");
    let producer = start::<ParcelAlone>(&redis, "alone", Overflow::Block(FLUSH));
    assert!(send::<ParcelAlone>("a", 0, LARGER_THAN_A_QUEUE).is_ok());
    // As long as there is no other one, nobody can know.
    wait_until("it was tried", || producer.report().failed_attempts >= 5);
    assert_eq!((producer.report().queued, told::<ParcelAlone>().len()), (1, 0));
    assert!(send::<ParcelAlone>("b", 1, 100).is_ok());
    assert_eq!(producer.flush(FLUSH), 0);
    assert_eq!((stored::<ParcelAlone>(&redis, "alone"), told::<ParcelAlone>().len()), (vec![1], 1));
    producer.shutdown(FLUSH).expect("published");
}

/// Nothing can be published for a while: no message is to blame.
#[test]
fn nothing_is_dropped_while_the_bus_takes_nothing() {
    let Some(server) = server() else { return };
    let redis = Redis::open(&server.url()).expect("opened");
    forbid(&server, "-xadd");
    let producer = start::<ParcelForbidden>(&redis, "forbidden", Overflow::default());
    for number in 0..50 {
        send::<ParcelForbidden>(&number.to_string(), number, 100);
    }
    wait_until("many attempts have failed", || producer.report().failed_attempts >= 12);
    assert_eq!(producer.report().queued, 50);
    forbid(&server, "+xadd");
    assert_eq!(producer.flush(FLUSH), 0);
    let report = producer.shutdown(FLUSH).expect("published");
    assert_eq!((report.published, report.lost), (50, 0), "{report:?}");
    let mut numbers = stored::<ParcelForbidden>(&redis, "forbidden");
    numbers.sort_unstable();
    assert_eq!(numbers, (0..50).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_awaited_send_of_it_fails() {
    let Some(server) = server() else { return };
    let redis = Redis::open(&server.url()).expect("opened");
    let producer = start::<ParcelAwaited>(&redis, "awaited", Overflow::default());
    let large = ParcelAwaited::signal().send_event_async(ParcelAwaited::new("a", 0, TOO_LARGE));
    let small = ParcelAwaited::signal().send_event_async(ParcelAwaited::new("b", 1, 100));
    let (large, small) = tokio::join!(large, small);
    assert!(small.is_ok(), "{small}");
    assert!(
        large.to_string().contains("not published to awaited: the bus does not take the event"),
        "{large}"
    );
    producer.shutdown(FLUSH).expect("published");
}
