//! The server of the endpoints: [`StatusServer`].

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock, Mutex, Weak};
use std::thread;
use std::time::Duration;

use super::request;
use crate::bus::observe::probe;
use crate::process::Process;
use crate::sync;

/// A client that is silent holds up one of them.
const THREADS: usize = 4;

/// The endpoints of this process at one address. They are served until the last clone is dropped, which does not block.
#[derive(Clone)]
#[must_use = "the endpoints are gone when this is dropped"]
pub struct StatusServer(Arc<Shared>);

struct Shared {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    _probes: probe::Watch,
    process: Process,
}

impl StatusServer {
    /// The server at an address: one for all of the process.
    pub(super) fn at(address: &str) -> io::Result<Self> {
        static SERVERS: LazyLock<Mutex<HashMap<String, Weak<Shared>>>> = LazyLock::new(Mutex::default);

        let mut servers = sync::lock(&SERVERS);
        servers.retain(|_, shared| shared.strong_count() > 0);
        let running = servers.get(address).and_then(Weak::upgrade).filter(|shared| shared.process.is_this());
        if let Some(shared) = running {
            return Ok(Self(shared));
        }
        let shared = Arc::new(Shared::start(TcpListener::bind(address)?)?);
        // Not port 0: any free port is another one each time.
        let port = address.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        if port == Some(shared.address.port()) {
            servers.insert(address.to_owned(), Arc::downgrade(&shared));
        }
        tracing::info!(address = %shared.address, "serving /healthz, /readyz and /metrics");
        Ok(Self(shared))
    }

    /// The address, with the port that was chosen.
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }
}

impl Shared {
    fn start(listener: TcpListener) -> io::Result<Self> {
        let (address, listener) = (listener.local_addr()?, Arc::new(listener));
        let is_over = Arc::new(AtomicBool::new(false));
        // Dropped, and so stopped, if one of the threads cannot be spawned.
        let shared = Self {
            address,
            is_over: Arc::clone(&is_over),
            _probes: probe::watch()?,
            process: Process::this(),
        };
        for _ in 0..THREADS {
            let (listener, is_over) = (Arc::clone(&listener), Arc::clone(&is_over));
            thread::Builder::new()
                .name("events-status".to_owned())
                .spawn(move || accept(&listener, &is_over))?;
        }
        Ok(shared)
    }
}

/// Answers one client after the other.
fn accept(listener: &TcpListener, is_over: &AtomicBool) {
    while !is_over.load(Ordering::Acquire) {
        match listener.accept() {
            Ok((stream, _)) if !is_over.load(Ordering::Acquire) => {
                // A client that goes away, or never asks, is its own affair.
                if let Err(error) = request::answer(stream) {
                    tracing::debug!(%error, "a client of the status was not answered");
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot accept a client of the status");
                thread::sleep(Duration::from_millis(100));
            }
        }
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if !self.process.is_this() {
            return;
        }
        self.is_over.store(true, Ordering::Release);
        let mut address = self.address;
        if address.ip().is_unspecified() {
            address.set_ip(if address.is_ipv4() {
                Ipv4Addr::LOCALHOST.into()
            } else {
                Ipv6Addr::LOCALHOST.into()
            });
        }
        // Wakes those that wait for a client.
        for _ in 0..THREADS {
            let _ = TcpStream::connect_timeout(&address, Duration::from_millis(100));
        }
    }
}

impl fmt::Debug for StatusServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusServer").field("address", &self.0.address).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn port_0_is_another_one_each_time() {
        let servers: Vec<_> =
            (0..50).map(|_| StatusServer::at("127.0.0.1:0").expect("a free port")).collect();
        let addresses: HashSet<_> = servers.iter().map(StatusServer::address).collect();
        assert_eq!(addresses.len(), servers.len());
    }

    #[test]
    fn an_address_has_one_server() {
        let first = StatusServer::at("127.0.0.1:0").expect("a free port");
        let address = first.address().to_string();
        drop(first);
        let (second, third) = loop {
            // Clients of a test beside this one may have the port for a moment.
            if let Ok(second) = StatusServer::at(&address) {
                break (second, StatusServer::at(&address).expect("it is shared"));
            }
        };
        assert!(Arc::ptr_eq(&second.0, &third.0));
    }
}
