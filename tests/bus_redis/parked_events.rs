//! Parked events as operators see and change them on a server. The suite has the rest.

use std::time::{Duration, UNIX_EPOCH};

use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{
    Backend, BusError, DeadLetter, DeadLetterReason, Delivery, ErrorKind, ParkedChange, ParkedEvent,
    ParkedEvents, ParkedPlace, ParkedWrite, Waiting,
};
use openedx_events_tests::proxy::{Proxy, Way};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{first_starts, wait_until};

use crate::parked::{claim, keys, park, store};
use crate::support::{GROUP, bus, consumer, count, failed, message, payloads, publish, read, run, topic};

fn parked(bus: &Redis) -> &dyn ParkedEvents {
    bus.parked().expect("the backend parks")
}

fn list(bus: &Redis) -> Vec<(ParkedPlace, ParkedEvent)> {
    parked(bus).list(&topic(), GROUP, None, usize::MAX).expect("listed")
}

fn messages(bus: &Redis) -> Vec<Delivery> {
    let places: Vec<_> = list(bus).into_iter().map(|(place, _)| place).collect();
    let read = parked(bus).read(&topic(), GROUP, &places).expect("read");
    read.into_iter().map(|delivery| delivery.expect("it is there")).collect()
}

/// Changes all parked events of a consumer, with dead letters if they have no receivers then.
fn change(bus: &Redis, consumer: &str, receivers: &[&str]) -> Result<Vec<ParkedWrite>, BusError> {
    let waiting: Vec<_> = receivers.iter().map(|receiver| Waiting::new(*receiver, UNIX_EPOCH)).collect();
    let letter = DeadLetter::new(DeadLetterReason::Outage, "because");
    let deliveries = messages(bus);
    let all = list(bus);
    let changes: Vec<_> = all
        .iter()
        .zip(&deliveries)
        .filter(|((place, _), _)| place.consumer == consumer)
        .map(|((place, _), delivery)| {
            let dead_letter = waiting.is_empty().then_some((delivery, &letter));
            (place, ParkedChange { id: place.id, waiting: &waiting, dead_letter })
        })
        .collect();
    parked(bus).change(&topic(), GROUP, &changes)
}

#[test]
fn a_full_server_hands_events_over_and_dead_letters_none() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let (first, second) = (consumer(&bus, "a"), consumer(&bus, "b"));
    park(&*first, &read(&*first).deliveries);
    let mut client = server.client();
    run(&mut client, "CONFIG SET maxmemory 1");
    let before = list(&bus);
    let error = failed(change(&bus, "a", &[]));
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    assert_eq!(list(&bus), before);
    assert_eq!(change(&bus, "a", &["a::other"]).expect("changed"), [ParkedWrite::Done; 2]);
    assert_eq!(claim(&*second, 10).len(), 2);
    run(&mut client, "CONFIG SET maxmemory 0");
    assert_eq!(change(&bus, "b", &[]).expect("changed"), [ParkedWrite::Done; 2]);
    assert_eq!(keys(&server), [""; 0], "nothing is left");
    assert_eq!(count(&mut client, "XLEN {dev-learning}.dlq"), 2);
}

#[test]
fn a_change_whose_reply_is_lost_is_done_and_is_not_done_twice() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = Proxy::to(server.port());
    let options = Options::new().response_timeout(Duration::from_millis(300));
    let operator = Redis::open_with(&proxy.url(), options).expect("an address");
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let first = consumer(&bus, "a");
    park(&*first, &read(&*first).deliveries);
    // The server knows the script from here on, and runs it with the first request.
    assert_eq!(change(&operator, "a", &["a::other"]).expect("changed"), [ParkedWrite::Done]);
    claim(&*first, 1);
    let (place, _) = list(&operator).remove(0);
    let waiting = [Waiting::new("a::third", UNIX_EPOCH)];
    let changes = [(&place, ParkedChange { id: place.id, waiting: &waiting, dead_letter: None })];
    proxy.swallow(&[Way::ToClient]);
    let error = failed(parked(&operator).change(&topic(), GROUP, &changes));
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    proxy.cut();
    proxy.free();
    wait_until("it can be asked again", || parked(&operator).list(&topic(), GROUP, None, 1).is_ok());
    assert_eq!(parked(&operator).change(&topic(), GROUP, &changes).expect("looked"), [ParkedWrite::Gone]);
    let listed = list(&operator);
    assert_eq!((listed.len(), &*listed[0].0.consumer, &*listed[0].1.waiting), (1, "", &waiting[..]));
}

#[test]
fn large_events_are_read_and_handed_over_bit_by_bit() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let sizes = [1 << 20, 3 << 20, 10, 16 << 20, 1 << 20, 0, 700_000];
    let sent: Vec<_> = sizes.iter().map(|size| message("x".repeat(*size))).collect();
    for message in &sent {
        let mut producer = bus.producer().expect("a producer");
        producer.publish(&topic(), std::slice::from_ref(message)).expect("published");
    }
    let (first, second) = (consumer(&bus, "a"), consumer(&bus, "b"));
    park(&*first, &read(&*first).deliveries);
    let same = |deliveries: &[Delivery]| deliveries.iter().map(|each| &each.message).eq(&sent);
    assert!(same(&messages(&bus)));
    assert_eq!(change(&bus, "a", &["a::other"]).expect("changed"), [ParkedWrite::Done; 7]);
    assert!(same(&messages(&bus)), "in their order");
    let mut claimed = Vec::new();
    while claimed.len() < sizes.len() {
        claimed.extend(claim(&*second, 10));
    }
    assert!(same(&messages(&bus)));
    // Nothing is left under the other keys.
    let mut left = keys(&server);
    left.sort();
    let of_second = [
        "{dev-learning}.parked-index:group:b",
        "{dev-learning}.parked:group",
        "{dev-learning}.parked:group:b",
    ];
    assert_eq!(left, of_second);
}

/// A consumer without a lease may still run what it has started, but it does not renew it, and others may take it as well.
#[test]
fn what_was_started_can_be_changed_without_the_lease_of_its_consumer() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let first = consumer(&bus, "a");
    let ids = park(&*first, &read(&*first).deliveries);
    store(&*first).start(&first_starts(&ids)).expect("started");
    assert_eq!(change(&bus, "a", &["a::other"]).expect("looked"), [ParkedWrite::Started]);
    run(&mut server.client(), "PEXPIRE {dev-learning}.consumer:group:a 30000");
    assert_eq!(change(&bus, "a", &["a::other"]).expect("looked"), [ParkedWrite::Started]);
    run(&mut server.client(), "DEL {dev-learning}.consumer:group:a");
    assert_eq!(change(&bus, "a", &["a::other"]).expect("changed"), [ParkedWrite::Done]);
    assert!(store(&*first).start(&first_starts(&ids)).expect("looked")[0].is_none());
    let claimed = claim(&*first, 10);
    assert_eq!((claimed.len(), claimed[0].starts), (1, 1), "it was started, and may be what kills");
    assert!(claimed[0].id > ids[0]);
}

#[test]
fn a_deleted_group_leaves_nothing_that_is_nobodys() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let first = consumer(&bus, "a");
    park(&*first, &read(&*first).deliveries);
    assert_eq!(change(&bus, "a", &["a::other"]).expect("changed"), [ParkedWrite::Done; 2]);
    assert_eq!(bus.groups(&topic()).expect("groups")[0].parked, 2);
    assert_eq!(payloads(&messages(&bus)), ["1", "2"]);
    assert!(bus.delete_group(&topic(), GROUP).expect("deleted"));
    assert_eq!(keys(&server), [""; 0]);
    assert!(list(&bus).is_empty());
}

/// Otherwise there would be a dead letter with each try.
#[test]
fn a_user_without_a_right_changes_nothing() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let first = consumer(&bus, "a");
    park(&*first, &read(&*first).deliveries);
    for right in ["xadd", "srem", "zadd", "hdel"] {
        run(&mut server.client(), &format!("ACL SETUSER operator reset on >pass ~* &* +@all -{right}"));
        let operator = Redis::open(&server.url_of("operator:pass")).expect("an address");
        let before = list(&operator);
        for receivers in [&[][..], &["a::other"]] {
            let error = failed(change(&operator, "a", receivers));
            assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
            assert!(error.to_string().contains(&format!("'{right}'")), "{error}");
        }
        assert_eq!(list(&operator), before);
    }
    assert_eq!(count(&mut server.client(), "EXISTS {dev-learning}.dlq"), 0);
}
