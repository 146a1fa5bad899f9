//! The plain loops of the `redis` crate.

use std::time::{Duration, Instant};

use openedx_events::bus::Message;
use openedx_events::bus::headers::EVENT_DATA;
use redis::streams::{StreamReadOptions, StreamReadReply};
use redis::{Cmd, Commands as _, Connection, Pipeline, RedisResult};

/// Entries in a request.
pub(crate) const BATCH: usize = 100;

pub(crate) const GROUP: &str = "bench";
pub(crate) const CONSUMER: &str = "raw";

/// The command that adds a message: the headers of upstream, the payload, and the rest.
pub(crate) fn add(stream: &str, message: &Message) -> Cmd {
    let mut command = redis::cmd("XADD");
    command.arg(stream).arg("*");
    let (first, others) = message.headers.split_at(7);
    for header in first {
        command.arg(&*header.name).arg(&*header.value);
    }
    command.arg(EVENT_DATA).arg(message.payload.as_deref().unwrap_or_default());
    for header in others {
        command.arg(&*header.name).arg(&*header.value);
    }
    command
}

/// Adds messages, pipelined by 100.
pub(crate) fn produce(
    connection: &mut Connection,
    stream: &str,
    messages: &[Message],
) -> RedisResult<Duration> {
    let start = Instant::now();
    for batch in messages.chunks(BATCH) {
        let mut pipeline = Pipeline::with_capacity(BATCH);
        for message in batch {
            pipeline.add_command(add(stream, message)).ignore();
        }
        pipeline.exec(connection)?;
    }
    Ok(start.elapsed())
}

/// Reads for a group by 100, each acknowledgement sent along with the next reading. How long it took until the last was
/// read, and how many were.
pub(crate) fn consume(connection: &mut Connection, stream: &str) -> RedisResult<(Duration, usize)> {
    let options = StreamReadOptions::default().group(GROUP, CONSUMER).count(BATCH);
    let (start, mut done, mut read) = (Instant::now(), Vec::<String>::new(), 0);
    let mut end = start;
    loop {
        let mut pipeline = Pipeline::with_capacity(2);
        if !done.is_empty() {
            pipeline.xack(stream, GROUP, &done).ignore();
        }
        pipeline.xread_options(&[stream], &[">"], &options);
        let (reply,): (Option<StreamReadReply>,) = pipeline.query(connection)?;
        let entries = reply.and_then(|mut reply| reply.keys.pop()).map(|key| key.ids).unwrap_or_default();
        if entries.is_empty() {
            return Ok((end - start, read));
        }
        read += entries.len();
        end = Instant::now();
        done.clear();
        done.extend(entries.into_iter().map(|entry| entry.id));
    }
}

/// A stream with these messages and a group that has read none of them.
pub(crate) fn fill(connection: &mut Connection, stream: &str, messages: &[Message]) -> RedisResult<()> {
    connection.del::<_, ()>(stream)?;
    connection.xgroup_create_mkstream::<_, _, _, ()>(stream, GROUP, "0")?;
    produce(connection, stream, messages).map(drop)
}
