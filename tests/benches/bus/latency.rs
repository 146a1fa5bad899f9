//! How long one event takes at low load, from the request that adds it until it is received.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use openedx_events::bus::redis::Redis;
use openedx_events::bus::{Backend, EventConsumer, EventProducer, Topic};
use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;
use openedx_events_tests::redis_server::RedisServer;
use redis::streams::{StreamReadOptions, StreamReadReply};
use redis::{Commands as _, Pipeline};

use crate::race::{Race, Targets};
use crate::raw::{self, CONSUMER, GROUP};
use crate::{events, received, redis as ours};

const ROUNDS: usize = 600;
/// Idle time before an event.
const PAUSE: Duration = Duration::from_millis(1);

const RAW: &str = "redis crate: XADD to the end of a blocking XREADGROUP";
const OURS: &str = "redis crate: XADD to our receiver";
const SEND: &str = "send_event to our receiver";

const RAW_STREAM: &str = "latency-raw";
const STREAM: &str = "latency-ours";

pub(crate) fn measure(server: &RedisServer) {
    let backend: Arc<dyn Backend> = Arc::new(Redis::open(&server.url()).expect("an address"));
    for stream in [RAW_STREAM, STREAM] {
        raw::fill(&mut server.client(), stream, &[]).expect("a stream");
    }
    let is_over = Arc::new(AtomicBool::new(false));
    let reader = {
        let (connection, is_over) = (server.client(), Arc::clone(&is_over));
        thread::spawn(move || read(connection, &is_over))
    };
    let running = EventConsumer::new(Arc::clone(&backend), GROUP)
        .name("ours")
        .topic(Topic::new(STREAM).expect("a topic"))
        .start()
        .expect("started");
    let mut race = Race::default();
    for (name, stream) in [(RAW, RAW_STREAM), (OURS, STREAM)] {
        let (mut connection, message) = (server.client(), events::message(0));
        let command = raw::add(stream, &message);
        race.row(name, 1, move || timed(1, || command.exec(&mut connection).expect("added")));
    }
    let finish = {
        let producer = EventProducer::start_on(&backend, &ours::settings(STREAM)).expect("started");
        race.row(SEND, 1, move || {
            // A send calls the receiver as well.
            let event = events::event(0);
            let time = timed(2, || {
                COURSE_ENROLLMENT_CREATED.send_event(event).into_result().expect("in the queue");
            });
            assert_eq!(producer.flush(Duration::from_mins(1)), 0);
            time
        });
        race.run(ROUNDS)
    };
    is_over.store(true, Ordering::Relaxed);
    raw::add(RAW_STREAM, &events::message(0)).exec(&mut server.client()).expect("added");
    reader.join().expect("it ends");
    running.stop(Duration::from_mins(1)).expect("stopped");
    finish.print("Latency on Redis, two cores");
    let targets = Targets::of(&finish);
    targets.at_most(OURS, RAW, 1.5);
}

fn timed(calls: u64, act: impl FnOnce()) -> Duration {
    thread::sleep(PAUSE);
    received::expect(calls);
    let start = Instant::now();
    act();
    received::wait() - start
}

/// Reads one after the other until it is over.
fn read(mut connection: redis::Connection, is_over: &AtomicBool) {
    let options = StreamReadOptions::default().group(GROUP, CONSUMER).count(raw::BATCH).block(0);
    let mut done = Vec::<String>::new();
    while !is_over.load(Ordering::Relaxed) {
        let mut pipeline = Pipeline::with_capacity(2);
        if !done.is_empty() {
            pipeline.xack(RAW_STREAM, GROUP, &done).ignore();
        }
        pipeline.xread_options(&[RAW_STREAM], &[">"], &options);
        let (reply,): (StreamReadReply,) = pipeline.query(&mut connection).expect("read");
        for entry in reply.keys.into_iter().flat_map(|key| key.ids) {
            received::up();
            done = vec![entry.id];
        }
    }
    let _: () = connection.xack(RAW_STREAM, GROUP, &done).expect("acknowledged");
}
