//! The bus of a soak, and its own faults: [`Bus`].

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use openedx_events::bus::redis::Redis;
use openedx_events::bus::sqlite::{self, Sqlite};
use openedx_events::bus::{Backend, KeyOrder};
use openedx_events_tests::proxy::{Proxy, Way};
use openedx_events_tests::redis_server::RedisServer;
use tempfile::TempDir;

/// Where the processes of a soak meet.
pub(crate) enum Bus {
    /// A server, and a proxy for each process.
    Redis { server: RedisServer, proxies: Vec<Proxy> },
    /// A file, and what holds its write lock.
    Sqlite { folder: TempDir, lock: Option<rusqlite::Connection> },
}

/// A fault of a bus. Those of a connection are of the process with this number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum BusFault {
    Frozen,
    Down,
    AllCut,
    Slow,
    Swallowed(usize, &'static [Way]),
    Held(usize, &'static [Way]),
    CutAfter(usize, Way, usize),
    Locked,
}

const WAYS: [&[Way]; 3] = [&[Way::ToServer], &[Way::ToClient], &[Way::ToServer, Way::ToClient]];

impl BusFault {
    /// The number of the process that it concerns; `None` if it concerns all.
    pub(crate) fn process(self) -> Option<usize> {
        match self {
            Self::Swallowed(process, _) | Self::Held(process, _) | Self::CutAfter(process, ..) => {
                Some(process)
            }
            Self::Frozen | Self::Down | Self::AllCut | Self::Slow | Self::Locked => None,
        }
    }
}

impl Bus {
    /// `None` if there is no redis-server on this machine.
    pub(crate) fn redis() -> Option<Self> {
        // Otherwise killing the server could lose what it has confirmed.
        let server = RedisServer::start_with(&["--appendfsync", "always"])?;
        Some(Self::Redis { server, proxies: Vec::new() })
    }

    pub(crate) fn sqlite() -> Self {
        Self::Sqlite { folder: TempDir::new().expect("a folder"), lock: None }
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Redis { .. } => "redis",
            Self::Sqlite { .. } => "sqlite",
        }
    }

    /// The address for one more process.
    pub(crate) fn connect(&mut self) -> String {
        match self {
            Self::Redis { server, proxies } => {
                proxies.push(Proxy::to(server.port()));
                proxies[proxies.len() - 1].url()
            }
            Self::Sqlite { folder, .. } => format!("sqlite:{}", folder.path().join("bus.sqlite").display()),
        }
    }

    /// The bus without faults between, for the soak itself.
    pub(crate) fn open(&self) -> Arc<dyn Backend> {
        match self {
            Self::Redis { server, .. } => Arc::new(Redis::open(&server.url()).expect("an address")),
            Self::Sqlite { folder, .. } => {
                let options = sqlite::Options::new().retention(Duration::from_hours(24));
                Arc::new(Sqlite::open_with(folder.path().join("bus.sqlite"), options).expect("a file"))
            }
        }
    }

    pub(crate) fn order(&self) -> KeyOrder {
        self.open().promises().order
    }

    /// A fault, and how long it lasts.
    pub(crate) fn draw(&self, rng: &mut Rng) -> (BusFault, Duration) {
        let proxies = match self {
            Self::Redis { proxies, .. } => proxies.len(),
            Self::Sqlite { .. } => return (BusFault::Locked, Duration::from_millis(rng.u64(200..3000))),
        };
        let (process, ways) = (rng.usize(..proxies), WAYS[rng.usize(..WAYS.len())]);
        let (fault, longest) = match rng.u8(..10) {
            0 | 1 => (BusFault::Frozen, 3000),
            2 | 3 => (BusFault::Down, 1500),
            4 => (BusFault::AllCut, 300),
            5 => (BusFault::Slow, 2000),
            6 | 7 => (BusFault::Swallowed(process, ways), 2500),
            8 => (BusFault::Held(process, ways), 2500),
            _ => (BusFault::CutAfter(process, ways[0], rng.usize(1..3000)), 1000),
        };
        (fault, Duration::from_millis(rng.u64(200..=longest)))
    }

    pub(crate) fn begin(&mut self, fault: BusFault) {
        match (self, fault) {
            (Self::Redis { server, .. }, BusFault::Frozen) => server.freeze(),
            (Self::Redis { server, .. }, BusFault::Down) => server.kill(),
            (Self::Redis { server, .. }, BusFault::AllCut) => {
                let mut kill = ::redis::cmd("CLIENT");
                kill.arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"]);
                kill.exec(&mut server.client()).expect("CLIENT KILL");
            }
            (Self::Redis { proxies, .. }, BusFault::Slow) => {
                delay(proxies, Duration::from_millis(20));
            }
            (Self::Redis { proxies, .. }, BusFault::Swallowed(process, ways)) => {
                proxies[process].swallow(ways);
            }
            (Self::Redis { proxies, .. }, BusFault::Held(process, ways)) => proxies[process].hold(ways),
            (Self::Redis { proxies, .. }, BusFault::CutAfter(process, way, bytes)) => {
                proxies[process].cut_after(way, bytes);
            }
            (Self::Sqlite { folder, lock }, BusFault::Locked) => *lock = locked(folder),
            (Self::Redis { .. }, BusFault::Locked) | (Self::Sqlite { .. }, _) => {}
        }
    }

    pub(crate) fn end(&mut self, fault: BusFault) {
        match (self, fault) {
            (Self::Redis { server, .. }, BusFault::Frozen) => server.thaw(),
            (Self::Redis { server, .. }, BusFault::Down) => server.restart(),
            (Self::Redis { .. }, BusFault::AllCut | BusFault::Locked) => {}
            (Self::Redis { proxies, .. }, _) => match fault.process() {
                Some(process) => proxies[process].free(),
                None => delay(proxies, Duration::ZERO),
            },
            (Self::Sqlite { lock, .. }, _) => *lock = None,
        }
    }
}

fn delay(proxies: &[Proxy], delay: Duration) {
    for proxy in proxies {
        proxy.delay(delay);
    }
}

/// A transaction that writes, which ends when this is dropped. `None` if others hold the lock for too long themselves.
fn locked(folder: &TempDir) -> Option<rusqlite::Connection> {
    let file = rusqlite::Connection::open(folder.path().join("bus.sqlite")).ok()?;
    file.busy_timeout(Duration::from_secs(1)).ok()?;
    file.execute_batch("BEGIN IMMEDIATE").ok()?;
    Some(file)
}
