//! A TCP proxy for one test, which causes faults of the network: delays, cuts and black holes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// A proxy for a server on this machine. Dropping it cuts every connection.
pub struct Proxy {
    shared: Arc<Shared>,
    port: u16,
}

/// The direction of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Requests.
    ToServer,
    /// Replies.
    ToClient,
}

/// What happens to the bytes in one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Traffic {
    #[default]
    Flows,
    /// Nothing arrives, and no side notices.
    Swallowed,
    /// Everything arrives once the direction is free again.
    Held,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    target: u16,
    delay: Duration,
    traffic: [Traffic; 2],
    cut_after: [Option<usize>; 2],
    cuts: usize,
    next: u64,
    /// The connections, with both ends of each.
    open: BTreeMap<u64, [TcpStream; 2]>,
    /// Connections of which bytes were swallowed: later bytes would make no sense.
    torn: BTreeSet<u64>,
    is_over: bool,
}

impl Way {
    fn index(self) -> usize {
        match self {
            Self::ToServer => 0,
            Self::ToClient => 1,
        }
    }
}

impl State {
    fn cut(&mut self, id: u64) {
        self.torn.remove(&id);
        for end in self.open.remove(&id).into_iter().flatten() {
            // It may have been closed.
            let _ = end.shutdown(Shutdown::Both);
        }
    }

    fn cut_all(&mut self) {
        for id in self.open.keys().copied().collect::<Vec<_>>() {
            self.cut(id);
        }
    }
}

impl Proxy {
    /// A proxy for the server on this port, which lets everything through.
    ///
    /// # Panics
    ///
    /// There is no free port.
    pub fn to(target: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let shared = Arc::new(Shared::default());
        shared.state().target = target;
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                if accepting.state().is_over {
                    return;
                }
                if let Ok(client) = client {
                    Shared::connect(&accepting, client);
                }
            }
        });
        Self { shared, port }
    }

    /// The address of a Redis behind it.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// New connections go to the server on this port.
    pub fn set_target(&self, target: u16) {
        self.shared.state().target = target;
    }

    /// Delays everything by this time, in each direction.
    pub fn delay(&self, delay: Duration) {
        self.shared.state().delay = delay;
    }

    /// Lets nothing through in these directions, not even the end of a connection; connections are still accepted.
    pub fn swallow(&self, ways: &[Way]) {
        self.set(ways, Traffic::Swallowed);
    }

    /// Lets nothing through in these directions until they are [free](Self::free) again: then it arrives late.
    pub fn hold(&self, ways: &[Way]) {
        self.set(ways, Traffic::Held);
    }

    fn set(&self, ways: &[Way], traffic: Traffic) {
        let mut state = self.shared.state();
        for way in ways {
            state.traffic[way.index()] = traffic;
        }
    }

    /// Lets everything through again, and makes no further cuts. Connections of which something was swallowed are
    /// cut.
    pub fn free(&self) {
        let mut state = self.shared.state();
        state.cut_after = [None; 2];
        state.traffic = [Traffic::Flows; 2];
        state.delay = Duration::ZERO;
        for id in std::mem::take(&mut state.torn) {
            state.cut(id);
        }
        self.shared.changed.notify_all();
    }

    /// Cuts a connection once, right after this many more bytes in this direction.
    pub fn cut_after(&self, way: Way, bytes: usize) {
        self.shared.state().cut_after[way.index()] = Some(bytes.max(1));
    }

    /// The number of such cuts.
    pub fn cuts(&self) -> usize {
        self.shared.state().cuts
    }

    /// Cuts all current connections.
    pub fn cut(&self) {
        self.shared.state().cut_all();
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        state.is_over = true;
        state.cut_all();
        drop(state);
        self.shared.changed.notify_all();
        // The accepting thread notices it at the next connection.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port));
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.shared.state();
        f.debug_struct("Proxy")
            .field("port", &self.port)
            .field("target", &state.target)
            .field("traffic", &state.traffic)
            .field("cuts", &state.cuts)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Connects a client to the server. Without a server, the client's connection is closed.
    fn connect(this: &Arc<Self>, client: TcpStream) {
        let target = this.state().target;
        let Ok(server) = TcpStream::connect((Ipv4Addr::LOCALHOST, target)) else { return };
        for end in [&client, &server] {
            let _ = end.set_nodelay(true);
        }
        let (Ok(of_client), Ok(of_server)) = (client.try_clone(), server.try_clone()) else { return };
        let mut state = this.state();
        if state.is_over {
            return;
        }
        let id = state.next;
        state.next += 1;
        let ends = [client.try_clone(), server.try_clone()];
        let [Ok(first), Ok(second)] = ends else { return };
        state.open.insert(id, [first, second]);
        drop(state);
        for (way, from, to) in [(Way::ToServer, of_client, server), (Way::ToClient, of_server, client)] {
            let shared = Arc::clone(this);
            thread::spawn(move || shared.pump(id, way, from, to));
        }
    }

    /// Copies bytes in one direction, until an end is closed or the connection is cut.
    fn pump(&self, id: u64, way: Way, mut from: TcpStream, mut to: TcpStream) {
        let mut buffer = vec![0; 16 * 1024];
        loop {
            let count = from.read(&mut buffer).unwrap_or_default();
            let Some(passes) = self.pass(id, way, count) else { break };
            let written = to.write_all(&buffer[..passes.bytes]).is_ok();
            if passes.is_cut || !written {
                self.state().cut(id);
                break;
            }
            if count == 0 {
                // The other direction may still be open.
                let _ = to.shutdown(Shutdown::Write);
                break;
            }
        }
    }

    /// The number of these bytes that pass, 0 at the end of the stream; `None` if the connection is closed.
    fn pass(&self, id: u64, way: Way, count: usize) -> Option<Passes> {
        let mut state = self.state();
        loop {
            if !state.open.contains_key(&id) {
                return None;
            }
            match state.traffic[way.index()] {
                Traffic::Flows => break,
                Traffic::Swallowed => {
                    state.torn.insert(id);
                    if count > 0 {
                        return Some(Passes { bytes: 0, is_cut: false });
                    }
                }
                Traffic::Held => {}
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let delay = state.delay;
        if !delay.is_zero() {
            drop(state);
            thread::sleep(delay);
            state = self.state();
        }
        if count > 0
            && let Some(left) = state.cut_after[way.index()]
        {
            let is_cut = count >= left;
            state.cut_after[way.index()] = (!is_cut).then(|| left - count);
            state.cuts += usize::from(is_cut);
            return Some(Passes { bytes: count.min(left), is_cut });
        }
        Some(Passes { bytes: count, is_cut: false })
    }
}

/// What happens to some bytes.
struct Passes {
    bytes: usize,
    /// After them.
    is_cut: bool,
}
