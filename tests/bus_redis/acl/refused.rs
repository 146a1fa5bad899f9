//! What a role may not do.

use redis::{Client, Connection, RedisResult, Value};

use super::{Guarded, user};

fn client(guarded: &Guarded, role: &str) -> Connection {
    let (_, password) = user(role);
    let client =
        Client::open(guarded.server.url_of(&format!("events-{role}:{password}"))).expect("an address");
    client.get_connection().expect("a connection")
}

/// Runs commands, written as for `redis-cli`, all of which must be refused for missing rights.
#[track_caller]
fn all_refused(client: &mut Connection, commands: &[&str]) {
    for command in commands {
        let mut parts = command.split(' ');
        let mut built = redis::cmd(parts.next().expect("a command"));
        parts.for_each(|part| {
            built.arg(part);
        });
        let result: RedisResult<Value> = built.query(client);
        let code = result.as_ref().err().and_then(|error| error.code());
        assert_eq!(code, Some("NOPERM"), "{command}: {result:?}");
    }
}

/// No role may touch keys that are not of the bus, or manage the server.
const NOBODY: [&str; 8] = [
    "XADD other * type a",
    "XRANGE other - +",
    "GET other",
    "SET dev-learning text",
    "DEL dev-learning",
    "XTRIM dev-learning MAXLEN 0",
    "FLUSHALL",
    "CONFIG GET *",
];

#[test]
fn a_producer_reads_nothing_and_a_consumer_publishes_nothing() {
    let Some(guarded) = Guarded::start() else { return };
    let mut producer = client(&guarded, "producer");
    all_refused(&mut producer, &NOBODY);
    all_refused(
        &mut producer,
        &[
            "XRANGE dev-learning - +",
            "XREADGROUP GROUP g c STREAMS dev-learning >",
            "XGROUP CREATE dev-learning g 0 MKSTREAM",
            "XADD {dev-learning}.dlq * type a",
            "HGET {dev-learning}.schemas a",
        ],
    );
    let mut consumer = client(&guarded, "consumer");
    all_refused(&mut consumer, &NOBODY);
    all_refused(
        &mut consumer,
        &[
            "XADD dev-learning * type a",
            "XGROUP DESTROY dev-learning g",
            "XDEL dev-learning 1-1",
            "XLEN dev-learning",
            "DEL {dev-learning}.dlq",
            "HSETNX {dev-learning}.schemas a b",
            "DEL {dev-learning}.parked:g:c",
            "CLIENT KILL ID 1",
        ],
    );
}

#[test]
fn a_trimmer_trims_only_topics_and_publishes_nothing() {
    let Some(guarded) = Guarded::start() else { return };
    let mut trimmer = client(&guarded, "trimmer");
    let others: Vec<_> = NOBODY.into_iter().filter(|command| !command.starts_with("XTRIM")).collect();
    all_refused(&mut trimmer, &others);
    all_refused(
        &mut trimmer,
        &[
            "XTRIM {dev-learning}.dlq MAXLEN 0",
            "XTRIM other MAXLEN 0",
            "XADD dev-learning * type a",
            "XGROUP DESTROY dev-learning g",
            "XDEL dev-learning 1-1",
            "DEL {dev-learning}.dlq",
            "HSETNX {dev-learning}.schemas a b",
            "CLIENT KILL ID 1",
        ],
    );
}

#[test]
fn an_operator_neither_publishes_nor_reads_for_a_group() {
    let Some(guarded) = Guarded::start() else { return };
    let mut operator = client(&guarded, "operator");
    all_refused(&mut operator, &NOBODY);
    all_refused(
        &mut operator,
        &[
            "XADD dev-learning * type a",
            "XREADGROUP GROUP g c STREAMS dev-learning >",
            "XGROUP DESTROY {dev-learning}.dlq g",
            "XTRIM {dev-learning}.dlq MAXLEN 0",
            "CLIENT KILL ID 1",
            "DEL {dev-learning}.done:g:text",
            "SET {dev-learning}.consumer:g:c a",
        ],
    );
}
