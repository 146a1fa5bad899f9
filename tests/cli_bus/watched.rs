//! A program with endpoints: [`Watched`].

use std::cell::OnceCell;
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use openedx_events_tests::wait_until;

use crate::fixture::TOPIC;
use crate::program::{Ran, Running, own};

/// A program that serves `/healthz`, `/readyz` and `/metrics`.
pub(crate) struct Watched {
    pub(crate) running: Running,
    pub(crate) address: String,
}

const READY: (u16, &str) = (200, "ready\n");
const ALIVE: (u16, &str) = (200, "alive\n");

impl Watched {
    /// `consume` for the group `porters`.
    pub(crate) fn consumer(url: &str, more: &[&str]) -> Self {
        let args = ["consume", "-t", TOPIC, "-g", "porters", "--status", "127.0.0.1:0", "--bus", url];
        Self::start(own(&[&args[..], more].concat()))
    }

    /// A program that logs where it serves them.
    pub(crate) fn start(command: Command) -> Self {
        let running = Running::start(command);
        running.wait_for_stderr("/metrics at http://");
        let stderr = running.stderr();
        let address =
            stderr.split("at http://").nth(1).and_then(|rest| rest.lines().next()).expect("an address");
        Self { address: address.to_owned(), running }
    }

    /// What `/readyz` says first in a program that is to serve at this address: asked from before there is anybody.
    #[track_caller]
    pub(crate) fn first_readiness(address: &str, command: Command) -> (u16, String) {
        let program = Self { running: Running::start(command), address: address.to_owned() };
        let answer = OnceCell::new();
        wait_until("it answers", || program.try_get("/readyz").is_ok_and(|first| answer.set(first).is_ok()));
        answer.into_inner().expect("it was waited for")
    }

    /// The status and the body of an answer.
    #[track_caller]
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        self.try_get(path).unwrap_or_else(|error| panic!("{path}: {error}\n{}", self.running.stderr()))
    }

    fn try_get(&self, path: &str) -> io::Result<(u16, String)> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.address).as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let invalid = || io::Error::other(format!("no answer of HTTP: {answer}"));
        let (head, body) = answer.split_once("\r\n\r\n").ok_or_else(invalid)?;
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or_else(invalid)?;
        Ok((status, body.to_owned()))
    }

    #[track_caller]
    pub(crate) fn wait_until_ready(&self) {
        wait_until("it is ready", || self.get("/readyz") == (READY.0, READY.1.to_owned()));
    }

    /// Waits until it is not ready for this reason, while it is alive. Returns how long that took.
    #[track_caller]
    pub(crate) fn wait_until_not_ready(&self, reason: &str) -> Duration {
        let start = Instant::now();
        wait_until(reason, || {
            let (status, body) = self.get("/readyz");
            status == 503 && body.contains(reason)
        });
        self.is_alive();
        start.elapsed()
    }

    #[track_caller]
    pub(crate) fn is_alive(&self) {
        let (status, body) = self.get("/healthz");
        assert_eq!((status, &*body), ALIVE);
    }

    /// It is ready and alive whenever it is asked while this runs.
    #[track_caller]
    pub(crate) fn stays_ready(&self, fault: impl FnOnce()) {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let asked = scope.spawn(|| {
                let mut times = 0;
                while !is_over.load(Ordering::Acquire) || times == 0 {
                    for (path, expected) in [("/readyz", READY), ("/healthz", ALIVE)] {
                        let (status, body) = self.get(path);
                        assert_eq!((status, &*body), expected, "{path}");
                    }
                    times += 1;
                    thread::sleep(Duration::from_millis(5));
                }
            });
            // Also after a panic, or the scope would wait for ever.
            let end = End(&is_over);
            fault();
            drop(end);
            asked.join().expect("it is ready");
        });
    }

    /// Waits until it has ended, with this code. Nobody answers then.
    #[track_caller]
    pub(crate) fn has_ended_with(self, code: i32) -> Ran {
        let ran = self.running.end().has_ended_with(code);
        TcpStream::connect(&self.address).expect_err("the endpoints are gone with it");
        ran
    }

    /// The value of a metric.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> Option<f64> {
        let (status, text) = self.get("/metrics");
        assert_eq!(status, 200);
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.rsplit(' ').next()?.parse().ok()
    }

    /// Waits until at least this many messages have been consumed.
    #[track_caller]
    pub(crate) fn wait_until_consumed(&self, messages: u32) {
        let consumed = || self.metric("messaging_client_consumed_messages_total");
        wait_until("they are consumed", || consumed() >= Some(messages.into()));
    }
}

/// Says that something is over.
struct End<'a>(&'a AtomicBool);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}
