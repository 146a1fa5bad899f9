//! Faults of the network: latency, connections cut at any byte, black holes.

use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use openedx_events::Event as _;
use openedx_events::bus::{Backend, EventProducer, RunningConsumer};
use openedx_events_tests::proxy::{Proxy, Way};
use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::{DEADLINE, wait_until};

use crate::flow::{
    CutItem, Flowing, LateItem, RESPONSE, SEED, Seen, SlowItem, SwallowedItem, TIMEOUT, UnansweredItem,
    UnsentItem, consume, impatient, produce, quick, send, topic,
};
use crate::support::count;

/// The number of entries in a topic.
fn length<E: Flowing>(server: &RedisServer) -> usize {
    usize::try_from(count(&mut server.client(), &format!("XLEN {}", topic::<E>()))).expect("a length")
}

/// The number of entries that are pending or not read.
fn left<E: Flowing>(server: &RedisServer) -> u64 {
    let bus = impatient(&server.url());
    let groups = bus.groups(&topic::<E>()).expect("groups");
    groups.iter().map(|group| group.pending + group.lag.expect("the server knows")).sum()
}

#[test]
fn latency_is_no_outage() {
    const DELAY: Duration = Duration::from_millis(40);

    let Some(server) = RedisServer::start() else { return };
    let proxy = Proxy::to(server.port());
    let bus = impatient(&proxy.url());
    let _connection = SlowItem::signal().connect("done", |_, _| Ok(()));
    let producer = produce::<SlowItem>(&bus);
    let (consumer, seen) = consume::<SlowItem>(&bus, "a", quick());
    proxy.delay(DELAY);
    let start = Instant::now();
    for first in (0..50).step_by(10) {
        send::<SlowItem>(first..first + 10);
        wait_until("they are done", || seen.has(0..first + 10));
    }
    assert!(start.elapsed() > 5 * DELAY, "there was no delay: {:?}", start.elapsed());
    assert!(producer.is_ready() && consumer.is_ready());
    assert_eq!(producer.shutdown(TIMEOUT).expect("published").failed_attempts, 0);
    let report = consumer.stop(TIMEOUT).expect("it stops");
    assert_eq!((report.done, report.disconnects), (50, 0), "{report:?}");
    seen.assert_orderly();
}

/// Cuts requests and replies at any byte, also while connecting.
#[test]
fn cuts_at_any_byte_lose_nothing_and_keep_the_order() {
    const EVENTS: i64 = 200;

    let Some(server) = RedisServer::start() else { return };
    eprintln!("FAULTS_SEED={:#x}", *SEED);
    let mut rng = Rng::with_seed(*SEED);
    let proxy = Proxy::to(server.port());
    let bus = impatient(&proxy.url());
    let topic = topic::<CutItem>();
    let _connection = CutItem::signal().connect("done", |_, _| Ok(()));

    let producer = produce::<CutItem>(&bus);
    for first in (0..EVENTS).step_by(5) {
        // Within the bytes of five events, in each direction.
        if rng.bool() {
            proxy.cut_after(Way::ToServer, rng.usize(1..1500));
        } else {
            proxy.cut_after(Way::ToClient, rng.usize(1..200));
        }
        send::<CutItem>(first..first + 5);
        // Otherwise the next cut could hit each attempt to reconnect, for ever.
        assert_eq!(producer.flush(TIMEOUT), 0);
    }
    proxy.free();
    let cuts = proxy.cuts();
    let report = producer.shutdown(TIMEOUT).expect("published");
    assert!(cuts >= 10 && report.failed_attempts >= 10, "{cuts} cuts, {report:?}");
    let stored = bus.browse(&topic, None, 100_000).expect("entries");
    let repeats = stored.len() - usize::try_from(EVENTS).expect("a number");
    // A batch whose reply was cut may be stored, and is published again.
    assert!(repeats <= 5 * usize::try_from(report.failed_attempts).expect("a number"), "{repeats} repeats");

    let mut settings = quick();
    settings.batch = 4;
    settings.max_in_flight = 12;
    let (consumer, seen) = consume::<CutItem>(&bus, "a", settings);
    let (start, mut arms, mut came) = (Instant::now(), 0, 0);
    while seen.all().len() < stored.len() {
        // Only after progress since the last cut, for the same reason.
        if proxy.cuts() - cuts == arms && seen.all().len() > came {
            came = seen.all().len();
            if rng.bool() {
                proxy.cut_after(Way::ToServer, rng.usize(1..1000));
            } else {
                proxy.cut_after(Way::ToClient, rng.usize(1..4000));
            }
            arms += 1;
        }
        assert!(start.elapsed() < DEADLINE, "{} of {} came", seen.all().len(), stored.len());
        thread::sleep(Duration::from_millis(1));
    }
    // The last one may not have happened yet.
    proxy.free();
    wait_until("all is acknowledged", || left::<CutItem>(&server) == 0);
    let report = consumer.stop(TIMEOUT).expect("it stops");
    let cuts = proxy.cuts() - cuts;
    assert!(cuts >= 5 && report.disconnects >= 2, "{cuts} cuts, {report:?}");
    assert_eq!((report.trimmed, report.lost_groups, report.dead_letters()), (0, 0, 0), "{report:?}");
    assert!(seen.has(0..EVENTS));
    seen.assert_orderly();
    eprintln!("{cuts} cuts while consuming, {repeats} repeats");
}

/// A producer and a consumer that connect through a proxy.
struct Pair {
    proxy: Proxy,
    producer: EventProducer,
    consumer: RunningConsumer,
    seen: Seen,
}

/// Both are running, with ten events done.
fn pair<E: Flowing>(server: &RedisServer) -> Pair {
    let proxy = Proxy::to(server.port());
    let bus = impatient(&proxy.url());
    let producer = produce::<E>(&bus);
    let (consumer, seen) = consume::<E>(&bus, "a", quick());
    send::<E>(0..10);
    wait_until("the first are done", || seen.has(0..10));
    assert!(producer.is_ready() && consumer.is_ready());
    Pair { proxy, producer, consumer, seen }
}

impl Pair {
    /// All thirty events are done, each entry once.
    fn has_lost_nothing<E: Flowing>(self, server: &RedisServer) {
        let Self { proxy, producer, consumer, seen } = self;
        wait_until("all are done", || seen.has(0..30));
        wait_until("both are ready again", || producer.is_ready() && consumer.is_ready());
        assert_eq!(producer.flush(TIMEOUT), 0);
        wait_until("all is acknowledged", || left::<E>(server) == 0);
        let published = producer.shutdown(TIMEOUT).expect("published");
        let report = consumer.stop(TIMEOUT).expect("it stops");
        drop(proxy);
        assert!(published.failed_attempts > 0 && report.disconnects > 0, "{published:?} {report:?}");
        assert_eq!((report.trimmed, report.lost_groups, report.dead_letters()), (0, 0, 0), "{report:?}");
        seen.assert_orderly();
        assert_eq!(seen.all().len(), length::<E>(server), "what is in the topic is done, each entry once");
    }
}

/// Maximum time that a read waits on the server. A lost server is noticed after it.
const WAIT: Duration = Duration::from_secs(5);
/// Additional time for a busy machine.
const SLACK: Duration = Duration::from_secs(4);

fn black_hole<E: Flowing>(server: &RedisServer, ways: &[Way]) {
    let _connection = E::signal().connect("done", |_, _| Ok(()));
    let pair = pair::<E>(server);
    pair.proxy.swallow(ways);
    let start = Instant::now();
    send::<E>(10..20);
    wait_until("the producer has noticed", || !pair.producer.is_ready());
    assert!(start.elapsed() < RESPONSE + SLACK, "{ways:?}: {:?}", start.elapsed());
    wait_until("the consumer has noticed", || !pair.consumer.is_ready());
    assert!(start.elapsed() < WAIT + RESPONSE + SLACK, "{ways:?}: {:?}", start.elapsed());
    send::<E>(20..30);
    assert!(!pair.seen.has(20..21), "nothing gets through");
    pair.proxy.free();
    pair.has_lost_nothing::<E>(server);
}

#[test]
fn black_holes_are_noticed_in_time_and_lose_nothing() {
    let Some(server) = RedisServer::start() else { return };
    let server = &server;
    thread::scope(|scope| {
        scope.spawn(|| black_hole::<UnsentItem>(server, &[Way::ToServer]));
        scope.spawn(|| black_hole::<UnansweredItem>(server, &[Way::ToClient]));
        scope.spawn(|| black_hole::<SwallowedItem>(server, &[Way::ToServer, Way::ToClient]));
        // Requests that were given up long ago arrive after later ones.
        scope.spawn(|| {
            let _connection = LateItem::signal().connect("done", |_, _| Ok(()));
            let pair = pair::<LateItem>(server);
            pair.proxy.hold(&[Way::ToServer]);
            send::<LateItem>(10..20);
            wait_until("the producer has noticed", || pair.producer.report().failed_attempts >= 3);
            wait_until("the consumer has noticed", || !pair.consumer.is_ready());
            send::<LateItem>(20..30);
            pair.proxy.free();
            pair.has_lost_nothing::<LateItem>(server);
        });
    });
}
