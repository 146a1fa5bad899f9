//! What may go wrong with a server: [`inspect`].

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use ::redis::Value;

use super::link::Link;
use super::request::Request;
use super::server::Server;
use super::{reply, scripts};
use crate::bus::contract::Finding;
use crate::bus::contract::error::BusError;
use crate::bus::message::topic::Topic;

/// What consumers, producers and operators run on a topic.
const COMMANDS: [&str; 9] =
    ["XADD", "XREADGROUP", "XACK", "XAUTOCLAIM", "XPENDING", "XRANGE", "XINFO", "XGROUP", "XDEL"];

/// The clocks of two machines that are set by NTP differ by far less.
const MAX_SKEW: Duration = Duration::from_secs(5);

/// Inspects the server, and the user's rights on these topics.
pub(super) fn inspect(link: &mut Link, server: &Server, topics: &[Topic]) -> Result<Vec<Finding>, BusError> {
    let what = "inspecting the server";
    let started = SystemTime::now();
    let mut request = Request::of(&[b"INFO"]);
    request
        .command(&[b"CONFIG", b"GET", b"save"])
        .command(&[b"CONFIG", b"GET", b"appendfsync"])
        .command(&[b"TIME"]);
    let mut replies = link.ask_again(what, &request)?.into_iter();
    let mut reply = || replies.next().unwrap_or(Value::Nil);
    let info = Info::of(reply());
    let (save, fsync) = (setting(reply()), setting(reply()));
    let time = time(reply());
    let mut findings = vec![
        version(&info, server),
        persistence(&info, save.as_deref(), fsync.as_deref()),
        eviction(&info),
        memory(&info),
        replication(&info),
        trimming(server),
    ];
    findings.extend(time.map(|time| skew(started, SystemTime::now(), time)));
    for topic in topics {
        findings.push(rights(link, what, topic)?);
    }
    Ok(findings)
}

/// The reply to `INFO`. A user who may not ask sees nothing.
struct Info(HashMap<String, String>);

impl Info {
    fn of(reply: Value) -> Self {
        let text = reply::text(reply).unwrap_or_default();
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        Self(fields.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect())
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    fn number(&self, name: &str) -> Option<u64> {
        self.get(name)?.parse().ok()
    }
}

/// The value in the reply to `CONFIG GET` of one name. `None` for a user who may not ask.
fn setting(reply: Value) -> Option<String> {
    reply::list(reply).into_iter().nth(1).and_then(reply::text)
}

fn time(reply: Value) -> Option<SystemTime> {
    let mut parts = reply::list(reply).into_iter();
    let (seconds, micros) = (reply::count(&parts.next()?)?, reply::count(&parts.next()?)?);
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds) + Duration::from_micros(micros))
}

fn version(info: &Info, server: &Server) -> Finding {
    let name = info.get("server_name").unwrap_or("Redis");
    let version = info.get("valkey_version").or_else(|| info.get("redis_version"));
    Finding::ok(
        "server",
        format!("{name} {} at {}", version.unwrap_or("of an unknown version"), server.url()),
    )
}

fn persistence(info: &Info, save: Option<&str>, fsync: Option<&str>) -> Finding {
    const SUBJECT: &str = "persistence";

    let failed = ["aof_last_write_status", "aof_last_bgrewrite_status", "rdb_last_bgsave_status"]
        .into_iter()
        .find(|status| info.get(status).is_some_and(|status| status != "ok"));
    if let Some(status) = failed {
        return Finding::bad(
            SUBJECT,
            format!("the server cannot write to its disk: {status} is not ok"),
            "see the log of the server",
        );
    }
    match (info.number("aof_enabled"), save, fsync) {
        (Some(1), _, Some("no")) => Finding::warn(
            SUBJECT,
            "append-only file with `appendfsync no`: a crash of the machine loses up to half a minute",
            "CONFIG SET appendfsync everysec",
        ),
        (Some(1), _, fsync) => Finding::ok(
            SUBJECT,
            format!(
                "append-only file{}",
                fsync.map(|fsync| format!(", appendfsync {fsync}")).unwrap_or_default()
            ),
        ),
        (Some(_), Some(""), _) => Finding::bad(
            SUBJECT,
            "neither an append-only file nor snapshots: a restart of the server loses all events",
            "CONFIG SET appendonly yes, and the same in redis.conf",
        ),
        (Some(_), save, _) => Finding::warn(
            SUBJECT,
            if save.is_some() { "snapshots alone" } else { "no append-only file" }.to_owned()
                + ": a crash of the server loses what was published since the last one",
            "CONFIG SET appendonly yes, and the same in redis.conf",
        ),
        (None, ..) => unknown(SUBJECT, "INFO"),
    }
}

fn eviction(info: &Info) -> Finding {
    const SUBJECT: &str = "eviction";
    const REMEDY: &str = "CONFIG SET maxmemory-policy noeviction, and the same in redis.conf";

    match info.get("maxmemory_policy") {
        Some("noeviction") => Finding::ok(SUBJECT, "noeviction"),
        Some(policy) if policy.starts_with("allkeys") => {
            Finding::bad(SUBJECT, format!("{policy}: a server whose memory is full deletes topics"), REMEDY)
        }
        Some(policy) => Finding::warn(
            SUBJECT,
            format!(
                "{policy}: a server whose memory is full deletes what receivers have processed (dedup) and counted attempts"
            ),
            REMEDY,
        ),
        None => unknown(SUBJECT, "INFO"),
    }
}

fn memory(info: &Info) -> Finding {
    const SUBJECT: &str = "memory";

    let (Some(used), Some(max)) = (info.number("used_memory"), info.number("maxmemory")) else {
        return unknown(SUBJECT, "INFO");
    };
    let mib = |bytes: u64| bytes >> 20;
    if max == 0 {
        let total = info.number("total_system_memory").unwrap_or(u64::MAX);
        let detail = format!("{} MiB used, without a limit", mib(used));
        return if used > total / 10 * 8 {
            Finding::bad(
                SUBJECT,
                format!("{detail}, of {} MiB of the machine", mib(total)),
                "remove what is not needed, or give the machine more memory",
            )
        } else {
            Finding::ok(SUBJECT, detail)
        };
    }
    let detail = format!("{} of {} MiB used", mib(used), mib(max));
    if used > max / 10 * 9 {
        Finding::bad(
            SUBJECT,
            format!("{detail}: nothing can be published when it is full"),
            "raise maxmemory, or let groups catch up",
        )
    } else if used > max / 10 * 7 {
        Finding::warn(SUBJECT, detail, "raise maxmemory, or let groups catch up")
    } else {
        Finding::ok(SUBJECT, detail)
    }
}

fn replication(info: &Info) -> Finding {
    const SUBJECT: &str = "replication";

    match (info.get("role"), info.number("connected_slaves")) {
        (Some("slave"), _) => Finding::bad(
            SUBJECT,
            "the server is a replica: nothing can be published to it, or acknowledged",
            "give the address of the primary",
        ),
        (Some(_), Some(0)) => Finding::ok(SUBJECT, "no replicas"),
        (Some(_), Some(replicas)) => Finding::ok(
            SUBJECT,
            format!("{replicas} replicas: a failover can lose what was published in the last moments"),
        ),
        _ => unknown(SUBJECT, "INFO"),
    }
}

fn trimming(server: &Server) -> Finding {
    match server.options.stream_max_len {
        Some(entries) => Finding::warn(
            "trimming",
            format!("topics are trimmed to about {entries} entries, read or not: slow consumers lose events"),
            "unset EVENT_BUS_REDIS_STREAM_MAX_LEN, and set EVENT_BUS_KEEP_DONE",
        ),
        None => Finding::ok("trimming", "nothing is trimmed that a group has not read"),
    }
}

fn skew(before: SystemTime, after: SystemTime, server: SystemTime) -> Finding {
    let skew = match (server.duration_since(after), before.duration_since(server)) {
        (Ok(ahead), _) => ahead,
        (_, Ok(behind)) => behind,
        _ => Duration::ZERO,
    };
    let detail = format!("the clocks of the server and of this machine differ by {skew:.1?}");
    if skew > MAX_SKEW {
        Finding::warn("clock", detail, "set both by NTP: ages and `--since` go by the clock of the server")
    } else {
        Finding::ok("clock", detail)
    }
}

/// What the user may do with a topic.
fn rights(link: &mut Link, what: &str, topic: &Topic) -> Result<Finding, BusError> {
    let subject = format!("rights on {topic}");
    let commands = COMMANDS.map(str::as_bytes);
    let reply = link.run(what, &scripts::REFUSED, &[topic.as_str().as_bytes()], &commands)?;
    if reply::code(&reply).is_some() {
        let remedy = "let the user run EVALSHA, EVAL and these keys: see the rights in docs/event-bus.md";
        return Ok(Finding::bad(subject, "the user may not run scripts on the topic", remedy));
    }
    let refused: Vec<_> = reply::list(reply).into_iter().filter_map(reply::text).collect();
    Ok(if refused.is_empty() {
        Finding::ok(subject, "the user may publish, consume and repair")
    } else {
        let refused = refused.join(", ");
        Finding::warn(
            subject,
            format!("the user may not run {refused}"),
            "see the rights in docs/event-bus.md",
        )
    })
}

fn unknown(subject: &str, command: &str) -> Finding {
    Finding::warn(
        subject,
        format!("unknown: the user may not run {command}"),
        format!("let the user run {command}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::FindingLevel;

    fn info(lines: &str) -> Info {
        Info::of(Value::BulkString(lines.replace('\n', "\r\n").into_bytes()))
    }

    #[test]
    fn what_loses_events_is_bad() {
        let level = |finding: Finding| finding.level;
        assert_eq!(level(persistence(&info("aof_enabled:1"), None, Some("everysec"))), FindingLevel::Ok);
        assert_eq!(level(persistence(&info("aof_enabled:0"), Some("3600 1"), None)), FindingLevel::Warn);
        assert_eq!(level(persistence(&info("aof_enabled:0"), Some(""), None)), FindingLevel::Bad);
        assert_eq!(
            level(persistence(&info("aof_enabled:1\naof_last_write_status:err"), None, None)),
            FindingLevel::Bad
        );
        assert_eq!(level(eviction(&info("maxmemory_policy:allkeys-lru"))), FindingLevel::Bad);
        assert_eq!(level(eviction(&info("maxmemory_policy:volatile-ttl"))), FindingLevel::Warn);
        assert_eq!(level(memory(&info("used_memory:95\nmaxmemory:100"))), FindingLevel::Bad);
        assert_eq!(
            level(memory(&info("used_memory:95\nmaxmemory:0\ntotal_system_memory:1000"))),
            FindingLevel::Ok
        );
        assert_eq!(level(replication(&info("role:slave"))), FindingLevel::Bad);
        assert_eq!(level(replication(&info(""))), FindingLevel::Warn, "unknown");
    }

    #[test]
    fn the_clock_of_the_server_may_differ_a_little() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let at = |server| skew(now, now + Duration::from_millis(3), server).level;
        assert_eq!(at(now + Duration::from_millis(1)), FindingLevel::Ok);
        assert_eq!(at(now + Duration::from_secs(4)), FindingLevel::Ok);
        assert_eq!(at(now + Duration::from_secs(6)), FindingLevel::Warn);
        assert_eq!(at(now - Duration::from_secs(6)), FindingLevel::Warn);
    }
}
