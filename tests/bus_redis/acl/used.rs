//! Every right of a role is needed.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use openedx_events::AnySignal;
use openedx_events::avro::Fingerprint;
use openedx_events::bus::redis::{Options, Redis};
use openedx_events::bus::{
    Admin, Backend, Consumer, ConsumerSettings, DeadLetter, DeadLetterReason, EntryId, EntryWrite, ErrorKind,
    EventConsumer, Header, Message, ParkedChange, ParkedId, ParkedWrite, Parking, Position, Seek, StartAt,
    Subscription, Topic, Waiting,
};
use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;
use openedx_events_tests::{DEADLINE, first_starts};

use super::{Guarded, user};

const GROUP: &str = "group";
const NOT_AT_ALL: Duration = Duration::ZERO;

fn topic() -> Topic {
    Topic::new("dev-learning").expect("a name")
}

fn publish(bus: &Redis, count: usize) {
    let message = Message { headers: vec![Header::new("type", "org.example.v1")], payload: Some(Vec::new()) };
    bus.producer().expect("a producer").publish(&topic(), &vec![message; count]).expect("published");
}

fn fingerprint() -> Fingerprint {
    COURSE_ENROLLMENT_CREATED.schema().expect("a schema").fingerprint()
}

fn run(guarded: &Guarded, command: &[&str]) -> redis::Value {
    let mut built = redis::cmd(command[0]);
    built.arg(&command[1..]);
    built.query(&mut guarded.server.client()).unwrap_or_else(|error| panic!("{command:?}: {error}"))
}

/// The commands since the last call, as they are named in rights.
fn commands_run(guarded: &Guarded) -> Vec<String> {
    let mut client = guarded.server.client();
    let stats: String = redis::cmd("INFO").arg("commandstats").query(&mut client).expect("what was run");
    redis::cmd("CONFIG").arg("RESETSTAT").exec(&mut client).expect("begun anew");
    let names = stats.lines().filter_map(|line| line.strip_prefix("cmdstat_")?.split(':').next());
    names.map(str::to_owned).collect()
}

/// Every command that the role may run was run, and none was refused.
#[track_caller]
fn assert_used(guarded: &Guarded, role: &str) {
    let ran = commands_run(guarded);
    let (line, _) = user(role);
    let rights = line.split([' ', '(', ')']).filter_map(|part| part.strip_prefix('+'));
    let unused: Vec<_> = rights.filter(|right| !ran.iter().any(|each| each == right)).collect();
    assert!(unused.is_empty(), "the {role} never runs {unused:?}");
    let refused = run(guarded, &["ACL", "LOG"]);
    assert_eq!(refused, redis::Value::Array(Vec::new()), "something was refused");
}

#[test]
fn a_producer_needs_all_its_rights() {
    let Some(guarded) = Guarded::start() else { return };
    let bus = guarded.bus("producer");
    commands_run(&guarded);
    let schema = COURSE_ENROLLMENT_CREATED.schema().expect("a schema");
    bus.store_schemas(&topic(), &[(schema.fingerprint(), schema.as_str())]).expect("kept");
    publish(&bus, 2);
    // A producer checks an idle connection with `PING`; here the test's own client sends it.
    assert_used(&guarded, "producer");
}

#[test]
fn a_consumer_needs_all_its_rights() {
    let Some(guarded) = Guarded::start() else { return };
    consume(&guarded, &guarded.bus("consumer"));
    assert_used(&guarded, "consumer");
}

#[test]
fn a_trimmer_needs_all_its_rights() {
    let Some(guarded) = Guarded::start() else { return };
    let (_, password) = user("trimmer");
    let mut options = Options::default();
    options.retention = Some(NOT_AT_ALL);
    let url = guarded.server.url_of(&format!("events-trimmer:{password}"));
    let bus = Redis::open_with(&url, options).expect("an address");
    consume(&guarded, &bus);
    // All is done.
    let consumer = bus.consumer(&Subscription::new(topic(), GROUP, "third")).expect("a consumer");
    assert_eq!(consumer.read(10, NOT_AT_ALL, &[]).expect("a batch").missed, 0);
    assert_used(&guarded, "trimmer");
    assert_eq!(run(&guarded, &["XLEN", "dev-learning"]), redis::Value::Int(0));
    assert_eq!(run(&guarded, &["XLEN", "{dev-learning}.dlq"]), redis::Value::Int(1));
}

/// Makes every call of a consumer.
fn consume(guarded: &Guarded, bus: &Redis) {
    let producer = guarded.bus("producer");
    // Consumer names of processes that are gone: for one this is known, for the other it is not.
    run(guarded, &["SET", "{dev-learning}.consumer:group:gone", "one:999999", "PX", "60000"]);
    run(guarded, &["SET", "{dev-learning}.consumer:group:silent", "other:0", "PX", "1500"]);
    commands_run(guarded);
    let consumer = |name| bus.consumer(&Subscription::new(topic(), GROUP, name));
    let gone = consumer("gone").expect("a consumer");
    let start = Instant::now();
    let _silent = loop {
        match consumer("silent") {
            Ok(silent) => break silent,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Busy, "{error}"),
        }
        assert!(start.elapsed() < DEADLINE, "the name is not free");
    };
    publish(&producer, 3);
    run(guarded, &["XTRIM", "dev-learning", "MAXLEN", "2"]);

    let batch = gone.read(10, NOT_AT_ALL, &[]).expect("a batch");
    assert_eq!((batch.missed, batch.deliveries.len()), (1, 2));
    let entries: Vec<EntryId> = batch.deliveries.iter().map(|each| each.entry.clone()).collect();
    assert_eq!(gone.count_attempt(&entries[0]).expect("marked"), EntryWrite::Done(1));
    assert!(gone.renew(&entries).expect("kept").is_empty());
    gone.acknowledge(&entries[..1]).expect("acknowledged");
    // Nobody holds it any more.
    assert_eq!(gone.renew(&entries[..1]).expect("looked at"), entries[..1]);
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    assert_eq!(
        gone.dead_letter(&batch.deliveries[1], &dead_letter).expect("dead-lettered"),
        EntryWrite::Done(Some(1))
    );
    gone.mark_processed("done").expect("recorded");
    assert_eq!(gone.processed(&["done".to_owned()]).expect("known"), [true]);
    assert!(gone.claim(10).expect("looked for").deliveries.is_empty());
    publish(&producer, 1);
    let parked = park(&*gone);
    let store = gone.parked().expect("it may park");
    assert_eq!(store.list(None, 10).expect("listed")[0].id, parked);
    assert!(store.start(&first_starts(&[parked])).expect("started")[0].is_some());
    store.settle(&[ParkedChange { id: parked, waiting: &[], dead_letter: None }]).expect("settled");
    assert!(store.claim(10).expect("looked for").is_empty());
    assert_eq!(bus.schema(&topic(), fingerprint()).expect("looked up"), None);
}

/// Parks the next entry.
fn park(consumer: &dyn Consumer) -> ParkedId {
    let deliveries = consumer.read(1, NOT_AT_ALL, &[]).expect("a batch").deliveries;
    assert_eq!(consumer.count_attempt(&deliveries[0].entry).expect("counted"), EntryWrite::Done(1));
    let waiting = [Waiting::new("a::receiver", SystemTime::now())];
    let parking = Parking { delivery: &deliveries[0], waiting: &waiting, dead_letter: None };
    let written = consumer.parked().expect("it may park").park(&[parking]).expect("parked").pop();
    written.and_then(EntryWrite::done).expect("an id")
}

/// Gives the only parked event another receiver, and dead-letters it.
fn change_parked(bus: &Redis) {
    let events = bus.parked().expect("it can park");
    let (waiting, letter) =
        ([Waiting::new("a::receiver", SystemTime::now())], DeadLetter::of_receivers(Vec::new()));
    for waiting in [&waiting[..], &[]] {
        let place = events.list(&topic(), GROUP, None, 10).expect("listed").remove(0).0;
        let read = events.read(&topic(), GROUP, std::slice::from_ref(&place)).expect("read").remove(0);
        let delivery = read.expect("it is there");
        let change = ParkedChange { id: place.id, waiting, dead_letter: Some((&delivery, &letter)) };
        let written = events.change(&topic(), GROUP, &[(&place, change)]).expect("changed");
        assert_eq!(written, [ParkedWrite::Done]);
    }
    assert!(events.list(&topic(), GROUP, None, 10).expect("listed").is_empty());
}

/// The consumer that services use makes more calls than the backend alone, at its first start and at later ones.
#[test]
fn a_consumer_may_start_again() {
    let Some(guarded) = Guarded::start() else { return };
    let bus = Arc::new(guarded.bus("consumer"));
    for _ in 0..2 {
        let mut settings = ConsumerSettings::default();
        settings.allow_no_receivers = true;
        let consumer = EventConsumer::new(bus.clone(), GROUP).topic(topic()).settings(settings);
        let running = consumer.start().expect("a running consumer");
        running.stop(DEADLINE).expect("stopped");
    }
    assert_eq!(run(&guarded, &["ACL", "LOG"]), redis::Value::Array(Vec::new()), "something was refused");
}

fn operations(bus: &Redis) -> &dyn Admin {
    bus.admin().expect("Redis has one")
}

/// Makes the calls of operators while a consumer is running.
fn repair(bus: &Redis) {
    let admin = operations(bus);
    assert_eq!(admin.topics().expect("topics").len(), 1);
    let end = admin.position(&topic(), &Position::End).expect("a position");
    assert_eq!(admin.count(&topic(), end.as_ref()).expect("counted"), 0);
    assert!(admin.pending(&topic(), GROUP, None, 10).expect("listed").is_empty());
    assert_eq!(admin.seek(&topic(), GROUP, None).expect("refused"), Seek::InUse(vec!["a".to_owned()]));
    let letters = bus.browse(&topic().dead_letters(), None, 10).expect("dead letters");
    let ids: Vec<_> = letters.into_iter().map(|letter| letter.entry).collect();
    assert!(admin.entries(&topic().dead_letters(), &ids).expect("read").iter().all(Option::is_some));
    assert_eq!(admin.remove(&topic().dead_letters(), &ids).expect("removed"), ids.len() as u64);
    let findings = admin.inspect(&[topic()]).expect("inspected");
    let version = findings.iter().find(|finding| finding.subject == "server").expect("the server");
    assert!(!version.detail.contains("unknown"), "{version:?}");
}

#[test]
fn an_operator_needs_all_its_rights() {
    let Some(guarded) = Guarded::start() else { return };
    let bus = guarded.bus("operator");
    publish(&guarded.bus("producer"), 1);
    commands_run(&guarded);
    assert!(bus.create_group(&topic(), GROUP, StartAt::Earliest).expect("made"));
    assert_eq!(bus.groups(&topic()).expect("groups")[0].lag, Some(1));
    assert!(bus.skip(&topic(), GROUP).expect("moved"));
    assert_eq!(bus.groups(&topic()).expect("groups")[0].lag, Some(0));
    assert_eq!(bus.browse(&topic(), None, 10).expect("entries").len(), 1);
    assert!(bus.browse(&topic().dead_letters(), None, 10).expect("dead letters").is_empty());
    assert_eq!(bus.schema(&topic(), fingerprint()).expect("looked up"), None);
    publish(&guarded.bus("producer"), 1);
    let consumer =
        guarded.bus("consumer").consumer(&Subscription::new(topic(), GROUP, "a")).expect("a consumer");
    park(&*consumer);
    assert_eq!(bus.groups(&topic()).expect("groups")[0].parked, 1);
    change_parked(&bus);
    publish(&guarded.bus("producer"), 1);
    park(&*consumer);
    repair(&bus);
    // The inspection also asks for settings, which hold passwords: those the operator does not see.
    run(&guarded, &["ACL", "LOG", "RESET"]);
    drop(consumer);
    assert_eq!(operations(&bus).seek(&topic(), GROUP, None).expect("moved"), Seek::Moved);
    let consumer =
        guarded.bus("consumer").consumer(&Subscription::new(topic(), GROUP, "a")).expect("a consumer");
    assert!(bus.delete_group(&topic(), GROUP).expect("deleted"));
    assert!(consumer.parked().expect("it may park").list(None, 10).expect("listed").is_empty());
    assert_used(&guarded, "operator");
}
