//! An HTTP server that answers as the test wants: [`Server`].

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

/// A request that has arrived.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) at: Instant,
    /// The method and the path.
    pub(crate) line: String,
    /// With lower-case names.
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What is answered.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// A status with these headers and this body.
    Status(u16, Vec<(&'static str, String)>, &'static str),
    /// Nothing: the connection stays open until the server is released.
    Hang,
    /// The head of a response whose body never ends.
    Endless,
    /// The connection is closed without an answer.
    Close,
}

type Answer = dyn Fn(usize, &Received) -> Reply + Send + Sync;

/// A server on a local port.
pub(crate) struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
}

struct Shared {
    received: Mutex<Vec<Received>>,
    is_released: Mutex<bool>,
    released: Condvar,
    answer: Box<Answer>,
}

/// 200, with no headers.
pub(crate) fn ok() -> Reply {
    status(200)
}

/// This status, with no headers.
pub(crate) fn status(status: u16) -> Reply {
    Reply::Status(status, Vec::new(), "")
}

/// This status with this header.
pub(crate) fn with_header(status: u16, name: &'static str, value: impl Into<String>) -> Reply {
    Reply::Status(status, vec![(name, value.into())], "")
}

impl Server {
    /// Answers each request by its number, from 0 on, and what it is.
    pub(crate) fn start(answer: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_at("127.0.0.1:0".parse().expect("an address"), answer)
    }

    /// The same on this address.
    pub(crate) fn start_at(
        address: SocketAddr,
        answer: impl Fn(usize, &Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind(address).expect("a port");
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            received: Mutex::default(),
            is_released: Mutex::default(),
            released: Condvar::new(),
            answer: Box::new(answer),
        });
        let of_server = Arc::clone(&shared);
        // Ends with the process: connections of a test may outlive it.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let shared = Arc::clone(&of_server);
                // A client that goes away is no failure of the server.
                thread::spawn(move || shared.serve(stream));
            }
        });
        Self { address, shared }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hook/hidden-path", self.address)
    }

    /// All requests so far.
    pub(crate) fn received(&self) -> Vec<Received> {
        lock(&self.shared.received).clone()
    }

    pub(crate) fn count(&self) -> usize {
        lock(&self.shared.received).len()
    }

    /// Lets go of all that hangs.
    pub(crate) fn release(&self) {
        *lock(&self.shared.is_released) = true;
        self.shared.released.notify_all();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.release();
    }
}

impl Shared {
    fn serve(&self, stream: TcpStream) -> Option<()> {
        let mut reader = BufReader::new(stream.try_clone().ok()?);
        let (line, headers) = head(&mut reader)?;
        let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or_default();
        let mut body = vec![0; length];
        reader.read_exact(&mut body).ok()?;
        let body = String::from_utf8(body).ok()?;
        let received = Received { at: Instant::now(), line, headers, body };
        let number = {
            let mut all = lock(&self.received);
            all.push(received.clone());
            all.len() - 1
        };
        let reply = (self.answer)(number, &received);
        self.reply(stream, &reply)
    }

    fn reply(&self, mut stream: TcpStream, reply: &Reply) -> Option<()> {
        match reply {
            Reply::Status(status, headers, body) => {
                let length = body.len();
                write!(
                    stream,
                    "HTTP/1.1 {status} Whatever\r\nconnection: close\r\ncontent-length: {length}\r\n"
                )
                .ok()?;
                for (name, value) in headers {
                    write!(stream, "{name}: {value}\r\n").ok()?;
                }
                write!(stream, "\r\n{body}").ok()
            }
            Reply::Endless => {
                write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nno more").ok()?;
                self.hang();
                Some(())
            }
            Reply::Hang => {
                self.hang();
                Some(())
            }
            Reply::Close => Some(()),
        }
    }

    fn hang(&self) {
        let mut is_released = lock(&self.is_released);
        while !*is_released {
            is_released = self.released.wait(is_released).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

fn head(reader: &mut BufReader<TcpStream>) -> Option<(String, BTreeMap<String, String>)> {
    let mut lines = reader.by_ref().lines();
    let first = lines.next()?.ok()?;
    let line = first.rsplit_once(' ')?.0.to_owned();
    let mut headers = BTreeMap::new();
    for header in lines {
        let header = header.ok()?;
        if header.is_empty() {
            break;
        }
        let (name, value) = header.split_once(':')?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    Some((line, headers))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
