//! The redis-server and the folder of a test, and the events that it sends.

use std::path::Path;
use std::process::Command;

use openedx_events_tests::redis_server::RedisServer;
use openedx_events_tests::wait_until;
use serde_json::Value;
use tempfile::TempDir;

use crate::program::{Ran, own, run};

pub(crate) const TOPIC: &str = "yard";
/// What `produce` says if the topic does not exist.
pub(crate) const NEW: &str = "note: the topic `yard` did not exist, and was created\n";

pub(crate) struct Fixture {
    pub(crate) redis: RedisServer,
    pub(crate) folder: TempDir,
}

impl Fixture {
    /// `None` without a redis-server; the test should then return.
    pub(crate) fn new() -> Option<Self> {
        Some(Self { redis: RedisServer::start()?, folder: TempDir::new().expect("a folder") })
    }

    /// The program with these arguments and the bus.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = own(args);
        command.args(["--bus", &self.redis.url()]);
        command
    }

    pub(crate) fn run(&self, args: &[&str]) -> Ran {
        run(self.command(args), "")
    }

    /// Publishes lines to the topic.
    #[track_caller]
    pub(crate) fn produce(&self, lines: &[String]) {
        run(self.command(&["produce", "-t", TOPIC]), &lines.join("\n")).has_ended_with(0);
    }

    /// The groups of the topic.
    #[track_caller]
    pub(crate) fn groups(&self) -> Vec<Value> {
        self.run(&["group", "list", "-t", TOPIC, "--format", "json"]).has_ended_with(0).events()
    }

    /// Waits until a file is in the folder.
    #[track_caller]
    pub(crate) fn wait_for(&self, name: &str) {
        wait_until(name, || self.has(name));
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }

    /// Lets jobs finish.
    pub(crate) fn go(&self) {
        std::fs::write(self.folder.path().join("go"), "").expect("a file");
    }

    pub(crate) fn job(&self, number: i64) -> String {
        job(number, self.folder.path())
    }
}

fn event(event_type: &str, number: i64, data: &str) -> String {
    let id = format!("0190a4f6-7f4e-7cc3-98c4-{number:012x}");
    let event_type = format!("org.example.yard.{event_type}.v1");
    [
        &format!(r#"{{"specversion":"1.0","type":"{event_type}","id":"{id}","source":"openedx/yard/web","#),
        r#""time":"2026-01-31T12:00:00+00:00","datacontenttype":"application/json","minorversion":0,"#,
        &format!(r#""sourcehost":"gate","sourcelib":"11.2.0","data":{{"number":{number}{data}}}}}"#),
    ]
    .concat()
}

pub(crate) fn guest(number: i64) -> String {
    event("guest.came", number, r#","gate":"north","guest":{"name":"Ada"}"#)
}

pub(crate) fn mishap(number: i64) -> String {
    event("mishap.happened", number, "")
}

pub(crate) fn leaf(number: i64) -> String {
    event("leaf.fell", number, "")
}

pub(crate) fn job(number: i64, folder: &Path) -> String {
    event("job.given", number, &format!(r#","folder":{:?}"#, folder.to_str().expect("UTF-8")))
}

pub(crate) fn bell(number: i64, folder: &Path) -> String {
    event("bell.rung", number, &format!(r#","folder":{:?}"#, folder.to_str().expect("UTF-8")))
}

pub(crate) fn parcel(number: i64, folder: &Path) -> String {
    event("parcel.left", number, &format!(r#","folder":{:?}"#, folder.to_str().expect("UTF-8")))
}
