//! The bus in a file, beside the same statements by hand.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use openedx_events::bus::sqlite::Sqlite;
use openedx_events::bus::{Backend, EventConsumer, Message, StartAt, Subscription, Topic};
use rusqlite::{Connection, params};

use crate::parked::Step;
use crate::race::{Race, Targets};
use crate::raw::{BATCH, GROUP};
use crate::{events, parked, received};

const ROUNDS: usize = 15;
/// Events of a sample: published one by one, which waits for the disk each time, by 100, and consumed.
const SINGLE: usize = 500;
const BATCHED: usize = 20_000;
/// Events of a sample that are parked.
const PARKED: usize = 10_000;

const HAND_SINGLE: &str = "by hand: insert, each durable";
const SINGLE_ROW: &str = "Producer::publish, each durable";
const HAND_BATCHED: &str = "by hand: insert by 100";
const BATCHED_ROW: &str = "Producer::publish by 100";
const HAND_CONSUME: &str = "by hand: claim and acknowledge by 100";
const READ: &str = "Consumer::read and acknowledge by 100";
const CONSUME: &str = "EventConsumer: decode, dispatch, acknowledge";
const PARK: &str = "ParkedStore::park by 100";
const START: &str = "ParkedStore::start and settle by 100";
const CONSUME_PARKED: &str = "EventConsumer: what is parked";

const TOPIC: &str = "bench";

pub(crate) fn measure() {
    let messages = events::messages(BATCHED);
    let folder = tempfile::tempdir().expect("a folder");
    let by_hand: Vec<_> = messages.iter().map(Columns::of).collect();
    let mut race = Race::default();
    let rows = [(HAND_SINGLE, SINGLE_ROW, SINGLE, 1), (HAND_BATCHED, BATCHED_ROW, BATCHED, BATCH)];
    for (hand, row, count, at_once) in rows {
        race.row(hand, count, {
            let (by_hand, file) =
                (&by_hand[..count], ByHand::new(&folder.path().join(format!("hand-{at_once}"))));
            move || {
                let time = file.insert(by_hand, at_once);
                file.clear(count);
                time
            }
        });
        race.row(row, count, {
            let (messages, topic) = (&messages[..count], Topic::new(TOPIC).expect("a topic"));
            let file = Sqlite::open(folder.path().join(format!("ours-{at_once}"))).expect("a file");
            let mut producer = file.producer().expect("a producer");
            move || {
                let start = Instant::now();
                for messages in messages.chunks(at_once) {
                    producer.publish(&topic, messages).expect("published");
                }
                let time = start.elapsed();
                clear(&file, count);
                time
            }
        });
    }
    race.row(HAND_CONSUME, BATCHED, {
        let (by_hand, file) = (&by_hand, ByHand::new(&folder.path().join("hand-read")));
        move || {
            file.insert(by_hand, 1000);
            let start = Instant::now();
            assert_eq!(file.consume(), BATCHED);
            start.elapsed()
        }
    });
    race.row(READ, BATCHED, {
        let (messages, topic) = (&messages, Topic::new(TOPIC).expect("a topic"));
        let file = Sqlite::open(folder.path().join("ours-read")).expect("a file");
        file.create_group(&topic, GROUP, StartAt::Earliest).expect("a group");
        let mut producer = file.producer().expect("a producer");
        move || {
            producer.publish(&topic, messages).expect("published");
            let start = Instant::now();
            clear(&file, BATCHED);
            start.elapsed()
        }
    });
    race.row(CONSUME, BATCHED, {
        let (messages, topic) = (&messages, Topic::new(TOPIC).expect("a topic"));
        let file: Arc<dyn Backend> =
            Arc::new(Sqlite::open(folder.path().join("ours-consume")).expect("a file"));
        file.create_group(&topic, GROUP, StartAt::Earliest).expect("a group");
        let mut producer = file.producer().expect("a producer");
        move || {
            producer.publish(&topic, messages).expect("published");
            consume(&file, &topic)
        }
    });
    for (row, step) in [(PARK, Step::Park), (START, Step::StartAndSettle), (CONSUME_PARKED, Step::Consume)] {
        race.row(row, PARKED, {
            let (messages, topic) = (&messages[..PARKED], Topic::new(TOPIC).expect("a topic"));
            let path = folder.path().join(format!("ours-parked-{}", row.len()));
            let file: Arc<dyn Backend> = Arc::new(Sqlite::open(path).expect("a file"));
            file.create_group(&topic, GROUP, StartAt::Earliest).expect("a group");
            let mut producer = file.producer().expect("a producer");
            move || {
                producer.publish(&topic, messages).expect("published");
                parked::run(&file, TOPIC, PARKED, step)
            }
        });
    }
    let finish = race.run(ROUNDS);
    finish.print("In a file");
    let targets = Targets::of(&finish);
    targets.at_least(SINGLE_ROW, HAND_SINGLE, 0.7);
    targets.at_least(BATCHED_ROW, HAND_BATCHED, 0.7);
    targets.at_least(READ, HAND_CONSUME, 0.7);
    // Each parked event changes rows of its own, where a topic moves a position for hundreds.
    targets.at_least(CONSUME_PARKED, CONSUME, 0.4);
}

fn consume(file: &Arc<dyn Backend>, topic: &Topic) -> Duration {
    received::expect(BATCHED as u64);
    let consumer = EventConsumer::new(Arc::clone(file), GROUP).name("ours").topic(topic.clone());
    let start = Instant::now();
    let running = consumer.start().expect("started");
    let time = received::wait() - start;
    let report = running.stop(Duration::from_mins(1)).expect("stopped");
    assert_eq!(report.done, BATCHED as u64);
    time
}

/// Reads and acknowledges all entries, and checks their number.
fn clear(file: &Sqlite, count: usize) {
    let topic = Topic::new(TOPIC).expect("a topic");
    let consumer = file.consumer(&Subscription::new(topic, GROUP, "ours")).expect("a consumer");
    let (mut done, mut read) = (Vec::new(), 0);
    loop {
        let batch = consumer.read(BATCH, Duration::ZERO, &done).expect("read");
        done.clear();
        done.extend(batch.deliveries.into_iter().map(|delivery| delivery.entry));
        read += done.len();
        if done.is_empty() {
            assert_eq!(read, count);
            return;
        }
    }
}

/// A message as it is stored: headers with their lengths, and the payload.
struct Columns {
    headers: Vec<u8>,
    payload: Vec<u8>,
}

impl Columns {
    fn of(message: &Message) -> Self {
        let mut headers = Vec::new();
        for part in message.headers.iter().flat_map(|header| [&header.name, &header.value]) {
            headers.push(u8::try_from(part.len()).expect("short"));
            headers.extend_from_slice(part);
        }
        Self { headers, payload: message.payload.clone().expect("it has data") }
    }
}

/// Names and values of headers in turn, and the payload.
type Parts = (Vec<Vec<u8>>, Vec<u8>);

fn parts(mut headers: &[u8]) -> Vec<Vec<u8>> {
    let mut parts = Vec::with_capacity(20);
    while let Some((length, rest)) = headers.split_first() {
        let (part, rest) = rest.split_at(usize::from(*length));
        parts.push(part.to_vec());
        headers = rest;
    }
    parts
}

/// One topic with one group, in tables as ours are.
struct ByHand(Connection);

impl ByHand {
    fn new(path: &Path) -> Self {
        let sql = Connection::open(path).expect("a file");
        let tables = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 0;
            CREATE TABLE topic (
                id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, gone INTEGER NOT NULL, last INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE entry (
                id INTEGER PRIMARY KEY, stored_at INTEGER NOT NULL, headers BLOB NOT NULL, payload BLOB
            ) STRICT;
            CREATE TABLE grp (
                id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, seen INTEGER NOT NULL, done INTEGER NOT NULL
            ) STRICT;
            CREATE TABLE lot (id INTEGER PRIMARY KEY, grp INTEGER NOT NULL, records BLOB NOT NULL) STRICT;
            CREATE INDEX lot_of_group ON lot (grp);
            INSERT INTO topic (name, gone, last) VALUES ('bench', 0, 0);
            INSERT INTO grp (name, seen, done) VALUES ('bench', 0, 0);";
        sql.execute_batch(tables).expect("tables");
        Self(sql)
    }

    /// Runs a transaction.
    fn write<T>(&self, act: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> T {
        let write = || {
            self.0.prepare_cached("BEGIN IMMEDIATE")?.execute([])?;
            let value = act(&self.0)?;
            self.0.prepare_cached("COMMIT")?.execute([])?;
            Ok(value)
        };
        write().unwrap_or_else(|error: rusqlite::Error| panic!("{error}"))
    }

    /// Adds rows, and removes twice as many of those that are done, as ours does.
    fn insert(&self, rows: &[Columns], at_once: usize) -> Duration {
        let start = Instant::now();
        for rows in rows.chunks(at_once) {
            self.write(|sql| {
                let (topic, gone, mut last) = topic(sql)?;
                let mut done = sql.prepare_cached("SELECT min(done) FROM grp")?;
                let max = 2 * i64::try_from(rows.len()).unwrap_or_default() + 16;
                let done = done.query_row([], |row| row.get::<_, i64>(0))?.min(gone + max);
                if done > gone {
                    let mut delete = sql.prepare_cached("DELETE FROM entry WHERE id > ?1 AND id <= ?2")?;
                    delete.execute([gone, done])?;
                    sql.prepare_cached("UPDATE topic SET gone = ?2 WHERE id = ?1")?.execute([topic, done])?;
                }
                let mut insert = sql.prepare_cached(
                    "INSERT INTO entry (id, stored_at, headers, payload) VALUES (?1, ?2, ?3, ?4)",
                )?;
                for Columns { headers, payload } in rows {
                    last += 1;
                    insert.execute(params![last, 1_700_000_000_000_i64, headers, payload])?;
                }
                sql.prepare_cached("UPDATE topic SET last = ?2 WHERE id = ?1")?.execute([topic, last])
            });
        }
        start.elapsed()
    }

    /// Claims entries by 100, with a row of claims for each 100, which goes when the next ones are claimed. How many.
    fn consume(&self) -> usize {
        let mut count = 0;
        loop {
            let claimed = self.write(|sql| {
                let (_, _, last) = topic(sql)?;
                let mut group = sql.prepare_cached("SELECT id, seen FROM grp WHERE name = ?1")?;
                let (group, seen): (i64, i64) =
                    group.query_row([TOPIC], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let mut lots = sql.prepare_cached("SELECT id, records FROM lot WHERE grp = ?1")?;
                let lots = lots.query_map([group], |row| Ok((row.get(0)?, row.get(1)?)))?;
                for lot in lots.collect::<rusqlite::Result<Vec<(i64, Vec<u8>)>>>()? {
                    sql.prepare_cached("DELETE FROM lot WHERE id = ?1")?.execute([lot.0])?;
                }
                let mut select = sql.prepare_cached(
                    "SELECT id, headers, payload FROM entry WHERE id > ?1 AND id <= ?2 ORDER BY id LIMIT 100",
                )?;
                let claimed = select.query_map([seen, last], |row| {
                    Ok((row.get(0)?, (parts(row.get_ref(1)?.as_blob()?), row.get(2)?)))
                })?;
                let claimed = claimed.collect::<rusqlite::Result<Vec<(i64, Parts)>>>()?;
                if let Some((last, _)) = claimed.last() {
                    let records = vec![0_u8; 33 * claimed.len()];
                    sql.prepare_cached("INSERT INTO lot (grp, records) VALUES (?1, ?2)")?
                        .execute(params![group, records])?;
                    let mut update =
                        sql.prepare_cached("UPDATE grp SET seen = ?2, done = ?3 WHERE id = ?1")?;
                    update.execute([group, *last, seen])?;
                } else {
                    sql.prepare_cached("UPDATE grp SET done = seen WHERE id = ?1")?.execute([group])?;
                }
                Ok(claimed)
            });
            if claimed.is_empty() {
                return count;
            }
            count += claimed.len();
        }
    }

    fn clear(&self, count: usize) {
        assert_eq!(self.consume(), count);
    }
}

/// Its number, up to where its entries are removed, and the last one.
fn topic(sql: &Connection) -> rusqlite::Result<(i64, i64, i64)> {
    let mut topic = sql.prepare_cached("SELECT id, gone, last FROM topic WHERE name = ?1")?;
    topic.query_row([TOPIC], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}
