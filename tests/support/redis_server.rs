//! A redis-server for one test: on a free port, with a temporary folder.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{self, Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use redis::{Client, Connection};

use crate::DEADLINE;

/// A running redis-server. Dropping it kills it.
///
/// It is empty and keeps what it has confirmed (`appendonly`).
#[derive(Debug)]
pub struct RedisServer {
    child: Option<Child>,
    port: u16,
    folder: PathBuf,
    options: Vec<String>,
    has_tls: bool,
    /// The part of the address before the host.
    credentials: String,
}

impl RedisServer {
    /// A server with these options in addition, such as `["--requirepass", "secret"]`.
    ///
    /// `None` if there is no redis-server on this machine, with a line on standard error; the test should then return.
    ///
    /// # Panics
    ///
    /// There is none, and `CI` is `true`. It does not start.
    #[track_caller]
    pub fn start_with(options: &[&str]) -> Option<Self> {
        Self::start_as(options, false)
    }

    /// A server that speaks TLS alone, with these options, which name its certificates. As for
    /// [`start_with`](Self::start_with), but for what needs a [`client`](Self::client).
    #[track_caller]
    pub fn start_with_tls(options: &[&str]) -> Option<Self> {
        Self::start_as(options, true)
    }

    #[track_caller]
    fn start_as(options: &[&str], has_tls: bool) -> Option<Self> {
        let is_there = Command::new("redis-server").arg("--version").stdout(Stdio::null()).status().is_ok();
        if !is_there {
            let text = "skipped: there is no redis-server; tests/run.sh installs it";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{text}");
            eprintln!("{text}");
            return None;
        }
        let options: Vec<_> = options.iter().map(|&option| option.to_owned()).collect();
        // Another process may take the free port first; then the next one is tried.
        for _ in 0..10 {
            let port = free_port();
            let folder = std::env::temp_dir().join(format!("openedx-events-redis-{}-{port}", process::id()));
            fs::create_dir_all(&folder).expect("a folder for the server");
            let credentials = String::new();
            let mut server =
                Self { child: None, port, folder, options: options.clone(), has_tls, credentials };
            server.run();
            if server.is_listening() {
                return Some(server);
            }
        }
        panic!("redis-server does not start with {options:?}");
    }

    /// A server without further options.
    #[track_caller]
    pub fn start() -> Option<Self> {
        Self::start_with(&[])
    }

    /// The same with a user and a password in the [`url`](Self::url), such as `:secret`.
    #[must_use]
    pub fn with_credentials(mut self, credentials: &str) -> Self {
        self.credentials = format!("{credentials}@");
        self
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.url_of(self.credentials.trim_end_matches('@'))
    }

    /// Its address with a user and a password.
    pub fn url_of(&self, credentials: &str) -> String {
        let at = if credentials.is_empty() { "" } else { "@" };
        format!("redis://{credentials}{at}127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder.
    pub fn folder(&self) -> &std::path::Path {
        &self.folder
    }

    /// A connection to it, for tests to inspect it and to cause faults.
    ///
    /// # Panics
    ///
    /// It does not answer in time.
    pub fn client(&self) -> Connection {
        let client = Client::open(self.url()).expect("the address is right");
        let start = Instant::now();
        loop {
            let answer =
                client.get_connection_with_timeout(Duration::from_secs(5)).and_then(|mut connection| {
                    redis::cmd("PING").exec(&mut connection)?;
                    Ok(connection)
                });
            match answer {
                Ok(connection) => return connection,
                // A server that loads its file says so.
                Err(_) if start.elapsed() < DEADLINE => thread::sleep(Duration::from_millis(5)),
                Err(error) => panic!("the server does not answer: {error}"),
            }
        }
    }

    /// Its connections: the output of `CLIENT LIST`.
    ///
    /// # Panics
    ///
    /// It does not answer in time.
    pub fn client_list(&self) -> String {
        let list = redis::cmd("CLIENT").arg("LIST").query(&mut self.client());
        list.expect("CLIENT LIST")
    }

    /// Kills it with SIGKILL. The operating system still writes what it was given.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Starts it again with its data, after killing it if it runs.
    ///
    /// # Panics
    ///
    /// It does not start.
    #[track_caller]
    pub fn restart(&mut self) {
        self.kill();
        self.run();
        assert!(self.is_listening(), "the server does not start again");
        drop(self.client());
    }

    /// Like [`restart`](Self::restart), without waiting until it is up.
    pub fn restart_without_waiting(&mut self) {
        self.kill();
        self.run();
    }

    /// Freezes it: it keeps its connections and does not answer.
    pub fn freeze(&self) {
        self.signal("STOP");
    }

    /// Unfreezes it.
    pub fn thaw(&self) {
        self.signal("CONT");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.as_ref().expect("a running server").id().to_string();
        let status = Command::new("kill").args([&format!("-{signal}"), &id]).status();
        assert!(status.expect("kill can be run").success(), "kill -{signal} {id}");
    }

    /// Limits the size of its files, as a full disk does; `None` removes the limit. Needs no root.
    ///
    /// `false` if this machine does not support it, with a line on standard error; the test should then return.
    ///
    /// # Panics
    ///
    /// It cannot, and `CI` is `true`.
    #[track_caller]
    pub fn limit_files(&self, bytes: Option<u64>) -> bool {
        let id = self.child.as_ref().expect("a running server").id();
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        // Only the soft limit, which can be raised again.
        let (id, limit) = (format!("--pid={id}"), format!("--fsize={limit}:"));
        let status = Command::new("prlimit").args([&id, &limit]).stderr(Stdio::null()).status();
        let is_limited = status.is_ok_and(|status| status.success());
        if !is_limited {
            let text = "skipped: files cannot be limited, for which `prlimit` of util-linux is needed";
            assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{text}");
            eprintln!("{text}");
        }
        is_limited
    }

    fn run(&mut self) {
        let log = fs::File::create(self.folder.join("log")).expect("a file for the log");
        // The limit must be an error for the server, as a full disk is, and not a signal that kills it.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$@\"", "sh", "redis-server"]);
        let port = self.port.to_string();
        let ports: &[&str] =
            if self.has_tls { &["--port", "0", "--tls-port", &port] } else { &["--port", &port] };
        command
            .args(ports)
            .args(["--bind", "127.0.0.1", "--save", "", "--dir"])
            .arg(&self.folder)
            // Everything is written before it is confirmed. With `everysec`, the default, writing is put off by up to two
            // seconds while the disk is busy.
            .args(["--appendonly", "yes", "--appendfsync", "no", "--enable-debug-command", "yes"])
            .args(&self.options)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(Stdio::null());
        self.child = Some(command.spawn().expect("redis-server can be run"));
    }

    /// Whether it is up, and not another server on the same port.
    fn is_listening(&mut self) -> bool {
        let start = Instant::now();
        while start.elapsed() < DEADLINE {
            let has_ended = self.child.as_mut().is_none_or(|child| !matches!(child.try_wait(), Ok(None)));
            if has_ended {
                return false;
            }
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            if log.contains("Ready to accept connections") {
                return true;
            }
            thread::sleep(Duration::from_millis(2));
        }
        false
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        self.kill();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("a bound port").port()
}
