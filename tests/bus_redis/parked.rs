//! Parked events on a server: what takes them away, who may claim them, and what becomes of them when a reply is lost or the server
//! is full. The suite has the rest.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};

use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{
    Backend, Consumer, DeadLetter, DeadLetterReason, Delivery, EntryWrite, ErrorKind, ParkedChange,
    ParkedEvent, ParkedId, ParkedStore, Parking, StartAt, Waiting,
};
use openedx_events_tests::proxy::{Proxy, Way};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{first_starts, logs, wait_until};

use crate::support::{
    GROUP, NOT_AT_ALL, bus, consumer, count, failed, ids, impatient_consumer, message, payload, payloads,
    publish, read, read_on, run, topic,
};

const LEASE: &str = "{dev-learning}.consumer:group:a";

pub(crate) fn store(consumer: &dyn Consumer) -> &dyn ParkedStore {
    consumer.parked().expect("the user may park")
}

fn waiting() -> Vec<Waiting> {
    vec![Waiting::new("a::receiver", UNIX_EPOCH + Duration::from_millis(1_764_144_000_123)).after(1)]
}

fn try_park(consumer: &dyn Consumer, deliveries: &[Delivery]) -> Vec<EntryWrite<ParkedId>> {
    let waiting = waiting();
    let events = deliveries.iter().map(|delivery| Parking { delivery, waiting: &waiting, dead_letter: None });
    store(consumer).park(&events.collect::<Vec<_>>()).expect("parked")
}

pub(crate) fn park(consumer: &dyn Consumer, deliveries: &[Delivery]) -> Vec<ParkedId> {
    try_park(consumer, deliveries).into_iter().map(|written| written.done().expect("ours")).collect()
}

fn list(consumer: &dyn Consumer) -> Vec<ParkedId> {
    store(consumer).list(None, usize::MAX).expect("listed").iter().map(|event| event.id).collect()
}

/// Claims until there is something.
pub(crate) fn claim(consumer: &dyn Consumer, max: usize) -> Vec<ParkedEvent> {
    let mut claimed = Vec::new();
    wait_until_mut("something is claimed", || {
        claimed = store(consumer).claim(max).expect("looked for");
        !claimed.is_empty()
    });
    claimed
}

fn wait_until_mut(what: &str, mut condition: impl FnMut() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < openedx_events_tests::DEADLINE, "waited too long until {what}");
        thread::sleep(Duration::from_millis(10));
    }
}

fn remove(consumer: &dyn Consumer, ids: &[ParkedId]) {
    let changes = ids.iter().map(|id| ParkedChange { id: *id, waiting: &[], dead_letter: None });
    store(consumer).settle(&changes.collect::<Vec<_>>()).expect("settled");
}

fn parked(bus: &Redis) -> u64 {
    bus.groups(&topic()).expect("groups").iter().map(|group| group.parked).sum()
}

/// The keys of parked events, without the last id.
pub(crate) fn keys(server: &RedisServer) -> Vec<String> {
    let mut client = server.client();
    let mut keys: Vec<String> = ::redis::cmd("KEYS").arg("*.parked*").query(&mut client).expect("keys");
    keys.retain(|key| !key.contains("parked-last"));
    keys
}

#[test]
fn parked_events_stay_when_python_trims_the_topic_and_when_the_server_restarts() {
    let Some(mut server) = RedisServer::start_with(&["--appendfsync", "always"]) else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2", "3"]);
    let first = consumer(&bus, "a");
    let parked = park(&*first, &read(&*first).deliveries);
    run(&mut server.client(), "XTRIM dev-learning MAXLEN 0");
    server.restart();
    wait_until("the server is there", || store(&*first).list(None, 1).is_ok());
    assert_eq!(list(&*first), parked);
    let started = store(&*first).start(&first_starts(&parked)).expect("started");
    let started: Vec<_> = started.into_iter().map(|delivery| delivery.expect("it is there")).collect();
    assert_eq!(payloads(&started), ["1", "2", "3"]);
    remove(&*first, &parked);
    assert_eq!(keys(&server), [""; 0], "nothing is left");
}

#[test]
fn a_deleted_group_leaves_nothing_and_its_ids_are_not_used_again() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let [first, second] = ["a", "b"].map(|name| consumer(&bus, name));
    let before = park(&*first, &read(&*first).deliveries);
    publish(&bus, &["2"]);
    park(&*second, &read(&*second).deliveries);
    assert_eq!(parked(&bus), 2);
    assert!(bus.delete_group(&topic(), GROUP).expect("deleted"));
    assert_eq!(keys(&server), [""; 0]);
    bus.create_group(&topic(), GROUP, StartAt::Earliest).expect("created");
    let deliveries = read_on(&*first).deliveries;
    let after = park(&*first, &deliveries);
    assert!(after[0] > before[0], "{after:?} {before:?}");
    assert!(store(&*first).start(&first_starts(&before)).expect("looked for")[0].is_none());
}

/// A count that has returned.
#[test]
fn counted_attempts_are_forgotten() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let consumer = consumer(&bus, "a");
    let deliveries = read(&*consumer).deliveries;
    for delivery in &deliveries {
        assert_eq!(consumer.count_attempt(&delivery.entry).expect("counted"), EntryWrite::Done(1));
    }
    let mut client = server.client();
    park(&*consumer, &deliveries[..1]);
    assert_eq!(count(&mut client, "HLEN {dev-learning}.marks:group"), 1);
    park(&*consumer, &deliveries[1..]);
    assert_eq!(count(&mut client, "EXISTS {dev-learning}.marks:group"), 0);
}

#[test]
fn a_consumer_that_was_frozen_finds_nothing_under_its_ids() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let (frozen, other) = (consumer(&bus, "a"), impatient_consumer(&bus, "b"));
    let deliveries = read(&*frozen).deliveries;
    let ids = park(&*frozen, &deliveries[..1]);
    store(&*frozen).start(&first_starts(&ids)).expect("started");
    // It sends no heartbeat.
    let claimed = claim(&*other, 10);
    assert_eq!((claimed[0].id, claimed[0].starts), (ids[0], 1));
    assert!(store(&*frozen).start(&first_starts(&ids)).expect("looked for")[0].is_none());
    let dead_letter = DeadLetter::new(DeadLetterReason::Outage, "because");
    let change = ParkedChange { id: ids[0], waiting: &[], dead_letter: Some((&deliveries[0], &dead_letter)) };
    store(&*frozen).settle(&[change]).expect("ignored");
    assert!(list(&*frozen).is_empty());
    assert_eq!(list(&*other), ids);
    assert_eq!(count(&mut server.client(), "EXISTS {dev-learning}.dlq"), 0);
    // What it parks from now on is its own.
    let later = park(&*frozen, &deliveries[1..]);
    assert!(later[0] > ids[0]);
    assert_eq!((list(&*frozen), list(&*other), parked(&bus)), (later, ids, 2));
}

/// By default that is longer than a lease lasts.
#[test]
fn a_consumer_that_is_gone_is_known_by_its_lease() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let (first, second) = (consumer(&bus, "a"), consumer(&bus, "b"));
    let ids = park(&*first, &read(&*first).deliveries);
    let mut client = server.client();
    run(&mut client, &format!("PEXPIRE {LEASE} 30000"));
    assert!(store(&*second).claim(10).expect("looked for").is_empty());
    run(&mut client, &format!("DEL {LEASE}"));
    let claimed = claim(&*second, 10);
    assert_eq!(claimed.iter().map(|event| event.id).collect::<Vec<_>>(), ids);
}

#[test]
fn several_claimants_claim_each_event_once_and_the_oldest_first() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let mut parked = Vec::new();
    for name in ["a", "b"] {
        publish(&bus, &vec!["payload"; 500]);
        let gone = consumer(&bus, name);
        let deliveries = gone.read(500, NOT_AT_ALL, &[]).expect("a batch").deliveries;
        parked.extend(park(&*gone, &deliveries));
    }
    let all = thread::scope(|scope| {
        let claimants = ["c", "d", "e"].map(|name| {
            let bus = &bus;
            scope.spawn(move || {
                let consumer = consumer(bus, name);
                let mut claimed: Vec<ParkedId> = Vec::new();
                loop {
                    let some = store(&*consumer).claim(7).expect("claimed");
                    if some.is_empty() {
                        break;
                    }
                    claimed.extend(some.iter().map(|event| event.id));
                }
                assert!(claimed.is_sorted(), "{claimed:?}");
                assert_eq!(list(&*consumer), claimed);
                let started = store(&*consumer).start(&first_starts(&claimed)).expect("started");
                assert!(started.iter().all(Option::is_some));
                // Kept until all have claimed: it would be claimed again after the drop.
                (claimed, consumer)
            })
        });
        claimants.map(|claimant| claimant.join().expect("no panic"))
    });
    let claimed: Vec<_> = all.iter().flat_map(|(claimed, _)| claimed.clone()).collect();
    assert_eq!(claimed.len(), 1000);
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>(), parked.into_iter().collect());
}

#[test]
fn the_active_consumer_gets_what_others_have_parked_before_it_reads() {
    let Some(server) = RedisServer::start() else { return };
    let bus = Redis::open_with(&server.url(), Options::new().single_active(true)).expect("an address");
    publish(&bus, &["1", "2"]);
    let (first, second) = (consumer(&bus, "a"), consumer(&bus, "b"));
    let ids = park(&*first, &first.read(1, NOT_AT_ALL, &[]).expect("a batch").deliveries);
    assert!(read(&*second).deliveries.is_empty());
    assert!(store(&*second).claim(10).expect("stands by").is_empty());
    // The first one lives, but is not the active one any more.
    run(&mut server.client(), "DEL {dev-learning}.active:group");
    assert!(read(&*second).deliveries.is_empty(), "it is active from now on");
    let claimed = store(&*second).claim(10).expect("claimed");
    assert_eq!(claimed.iter().map(|event| event.id).collect::<Vec<_>>(), ids);
    assert_eq!(payloads(&read(&*second).deliveries), ["2"]);
    assert!(list(&*first).is_empty());
}

#[test]
fn events_whose_reply_is_lost_are_listed_and_not_parked_twice() {
    let Some(server) = RedisServer::start() else { return };
    let proxy = Proxy::to(server.port());
    let options = Options::new().response_timeout(Duration::from_millis(300));
    let bus = Redis::open_with(&proxy.url(), options).expect("an address");
    publish(&bus, &["1", "2"]);
    let consumer = consumer(&bus, "a");
    let deliveries = read(&*consumer).deliveries;
    // The server knows the script from here on, and runs it with the first request.
    let before = park(&*consumer, &deliveries[..1]);
    proxy.swallow(&[Way::ToClient]);
    let waiting = waiting();
    let parking = [Parking { delivery: &deliveries[1], waiting: &waiting, dead_letter: None }];
    let error = failed(store(&*consumer).park(&parking));
    assert_eq!(error.kind(), ErrorKind::Unreachable, "{error}");
    proxy.cut();
    proxy.free();
    wait_until_mut("it is listed", || store(&*consumer).list(None, 10).is_ok_and(|events| events.len() == 2));
    assert_eq!(try_park(&*consumer, &deliveries[1..]), [EntryWrite::Claimed]);
    let ids = list(&*consumer);
    assert_eq!((ids.len(), ids[0]), (2, before[0]));
    remove(&*consumer, &ids);
}

#[test]
fn a_full_server_parks_nothing_and_removes_what_is_done() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1", "2"]);
    let (gone, consumer) = (consumer(&bus, "gone"), consumer(&bus, "a"));
    let batch = read(&*gone);
    park(&*gone, &batch.deliveries[..1]);
    let mut client = server.client();
    run(&mut client, "CONFIG SET maxmemory 1");
    let waiting = waiting();
    let parking = [Parking { delivery: &batch.deliveries[1], waiting: &waiting, dead_letter: None }];
    let error = failed(store(&*gone).park(&parking));
    assert_eq!(error.kind(), ErrorKind::Busy, "{error}");
    drop(gone);
    let claimed = claim(&*consumer, 10);
    assert!(store(&*consumer).start(&first_starts(&[claimed[0].id])).expect("started")[0].is_some());
    remove(&*consumer, &[claimed[0].id]);
    assert_eq!(keys(&server), [""; 0]);
    run(&mut client, "CONFIG SET maxmemory 0");
    assert_eq!(count(&mut client, "XLEN dev-learning"), 2);
}

#[test]
fn large_events_are_started_bit_by_bit() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    let sizes = [1 << 20, 3 << 20, 10, 16 << 20, 1 << 20, 0, 700_000];
    let messages: Vec<_> = sizes.iter().map(|size| message("x".repeat(*size))).collect();
    for message in &messages {
        bus.producer()
            .expect("a producer")
            .publish(&topic(), std::slice::from_ref(message))
            .expect("published");
    }
    let (first, second) = (consumer(&bus, "a"), consumer(&bus, "b"));
    let ids = park(&*first, &read(&*first).deliveries);
    drop(first);
    assert_eq!(claim(&*second, 10).len(), ids.len());
    let started = store(&*second).start(&first_starts(&ids)).expect("started");
    let started: Vec<_> =
        started.into_iter().map(|delivery| delivery.expect("it is there").message).collect();
    assert_eq!(started.iter().map(|message| payload(message).len()).collect::<Vec<_>>(), sizes);
    assert!(started == messages);
}

/// Somebody has removed what an event waits for. It is not taken for one that is gone.
#[test]
fn an_event_whose_fields_are_damaged_is_told_by_its_names() {
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let consumer = consumer(&bus, "a");
    let id = park(&*consumer, &read(&*consumer).deliveries)[0].number();
    for command in [
        format!("HSET {{dev-learning}}.parked:group:a {id}.info damaged"),
        format!("HDEL {{dev-learning}}.parked:group:a {id}.info"),
        format!("HDEL {{dev-learning}}.parked:group:a {id}.starts"),
    ] {
        run(&mut server.client(), &command);
        let error = store(&*consumer).list(None, 10).expect_err("it is damaged").to_string();
        let wanted = format!(
            "the field `{id}.info` or `{id}.starts` of `{{dev-learning}}.parked:group:a` is missing or damaged, or of a newer release \
             (remove `{id}` from `{{dev-learning}}.parked-index:group:a`, or use that release)"
        );
        assert!(error.contains(&wanted), "{error}");
    }
    run(&mut server.client(), &format!("ZREM {{dev-learning}}.parked-index:group:a {id}"));
    assert_eq!(store(&*consumer).list(None, 10).expect("listed"), []);
}

/// At the start of a process that has parked many.
#[test]
fn a_hundred_thousand_are_listed_quickly() {
    const EVENTS: usize = 100_000;
    let Some(server) = RedisServer::start() else { return };
    let bus = bus(&server);
    publish(&bus, &["1"]);
    let consumer = consumer(&bus, "a");
    let id = park(&*consumer, &read(&*consumer).deliveries)[0].number();
    let [messages, index] = ["parked", "parked-index"].map(|key| format!("{{dev-learning}}.{key}:group:a"));
    let info: String = ::redis::cmd("HGET")
        .arg(&messages)
        .arg(format!("{id}.info"))
        .query(&mut server.client())
        .expect("the event");
    let mut pipe = ::redis::pipe();
    for id in id + 1..id + EVENTS as u64 {
        pipe.cmd("ZADD").arg(&index).arg(id).arg(id).ignore();
        let fields = [(format!("{id}.info"), &*info), (format!("{id}.starts"), "0")];
        pipe.cmd("HSET").arg(&messages).arg(&fields).ignore();
    }
    pipe.exec(&mut server.client()).expect("added");
    let start = Instant::now();
    let (mut listed, mut last) = (0, None);
    loop {
        let page = store(&*consumer).list(last, 1000).expect("a page");
        let Some(event) = page.last() else { break };
        (listed, last) = (listed + page.len(), Some(event.id));
    }
    let time = start.elapsed();
    assert_eq!(listed, EVENTS);
    println!("{EVENTS} parked events were listed in {time:?}");
    assert!(time < Duration::from_secs(20), "{time:?}");
}

#[test]
fn a_user_without_the_rights_consumes_and_parks_nothing() {
    let Some(server) = RedisServer::start() else { return };
    logs::collect();
    run(
        &mut server.client(),
        "ACL SETUSER keyless on >pass ~dev-* ~{dev-*}.dlq ~{dev-*}.consumer:* &* +@all",
    );
    run(&mut server.client(), "ACL SETUSER scriptless on >pass ~* &* +@all -eval -evalsha");
    run(&mut server.client(), "ACL SETUSER clockless on >pass ~* &* +@all -time");
    for (user, missing) in [("keyless", "evalsha"), ("scriptless", "evalsha"), ("clockless", "time")] {
        let bus = Redis::open(&server.url_of(&format!("{user}:pass"))).expect("an address");
        let group = format!("group-{user}");
        publish(&self::bus(&server), &[user]);
        let subscription = openedx_events::bus::Subscription::new(topic(), &group, "a");
        let consumer = bus.consumer(&subscription).expect("a consumer");
        assert!(consumer.parked().is_none(), "{user}");
        let entries = ids(&consumer.read(100, NOT_AT_ALL, &[]).expect("a batch"));
        consumer.acknowledge(&entries).expect("acknowledged");
        bus.groups(&topic()).expect("groups");
        let warned = logs::all()
            .into_iter()
            .filter(|line| line.field("group") == group && line.message.contains("parked events"));
        let missed: Vec<_> = warned.map(|line| line.field("missing").to_owned()).collect();
        assert_eq!(missed, [missing], "{user}");
    }
}
