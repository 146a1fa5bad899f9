//! A connection as a stream of bytes, all of whose waits have a limit: [`Socket`].
//!
//! Of the client `redis` only the parser is used here: its own connection waits in one piece, takes a signal for a lost server,
//! and resolves names without a limit.

use std::io;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs as _};
#[cfg(unix)]
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use ::redis::ConnectionAddr;
use rustls::{ClientConnection, StreamOwned};

use super::stop_time::Limit;

/// A connected socket.
pub(super) struct Socket {
    stream: Stream,
    /// The present time-outs of the system for reading and writing.
    timeouts: [Duration; 2],
}

enum Stream {
    Tcp(TcpStream),
    #[cfg(unix)]
    Unix(UnixStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

/// Reads from a socket until a limit.
pub(super) struct Reading<'a> {
    pub(super) socket: &'a mut Socket,
    pub(super) limit: &'a mut Limit,
}

#[derive(Clone, Copy)]
enum Way {
    In,
    Out,
}

impl Socket {
    /// Connects to an address. TLS begins with the first bytes that are written.
    pub(super) fn connect(
        address: &ConnectionAddr,
        tls: Option<ClientConnection>,
        limit: &Limit,
    ) -> io::Result<Self> {
        let stream = match (within(address, limit)?, tls) {
            (Stream::Tcp(stream), Some(tls)) => Stream::Tls(Box::new(StreamOwned::new(tls, stream))),
            (stream, _) => stream,
        };
        Ok(Self { stream, timeouts: [Duration::ZERO; 2] })
    }

    /// Writes all bytes.
    pub(super) fn write(&mut self, mut bytes: &[u8], limit: &mut Limit) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = self.retry(Way::Out, limit, |stream| stream.write(bytes))?;
            if written == 0 {
                return Err(ErrorKind::WriteZero.into());
            }
            bytes = &bytes[written..];
            limit.progressed();
        }
        // With TLS they may still be in a buffer.
        self.retry(Way::Out, limit, Write::flush)
    }

    /// Does something until it is not interrupted by a signal or by the end of a piece of the waiting.
    fn retry<T>(
        &mut self,
        way: Way,
        limit: &Limit,
        mut act: impl FnMut(&mut Stream) -> io::Result<T>,
    ) -> io::Result<T> {
        loop {
            self.set_timeout(way, limit.next_wait()?)?;
            match act(&mut self.stream) {
                Err(error)
                    if matches!(
                        error.kind(),
                        ErrorKind::Interrupted | ErrorKind::WouldBlock | ErrorKind::TimedOut
                    ) => {}
                result => return result,
            }
        }
    }

    fn set_timeout(&mut self, way: Way, timeout: Duration) -> io::Result<()> {
        // With TLS each way needs both.
        let ways: &[Way] = match (&self.stream, way) {
            (Stream::Tls(_), _) => &[Way::In, Way::Out],
            (_, Way::In) => &[Way::In],
            (_, Way::Out) => &[Way::Out],
        };
        for &way in ways {
            let current = &mut self.timeouts[way as usize];
            if *current != timeout {
                self.stream.set_timeout(way, timeout)?;
                *current = timeout;
            }
        }
        Ok(())
    }
}

impl Read for Reading<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.socket.retry(Way::In, self.limit, |stream| stream.read(buffer))?;
        self.limit.progressed();
        Ok(count)
    }
}

/// Connects on a thread of its own: neither the resolution of a name nor a connection can be given up by a stop.
fn within(address: &ConnectionAddr, limit: &Limit) -> io::Result<Stream> {
    limit.next_wait()?;
    let (sender, receiver) = mpsc::sync_channel(1);
    let (address, until) = (address.clone(), limit.end());
    thread::Builder::new().name("events-connect".to_owned()).spawn(move || {
        // Nobody waits any more if the time is over.
        let _ = sender.send(Stream::connect(&address, until));
    })?;
    loop {
        match receiver.recv_timeout(limit.next_wait()?) {
            Ok(connected) => return connected,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Err(ErrorKind::NotConnected.into()),
        }
    }
}

impl Stream {
    fn connect(address: &ConnectionAddr, until: Instant) -> io::Result<Self> {
        match address {
            ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
                let mut error = io::Error::new(ErrorKind::NotFound, "the name of the host has no address");
                for address in (host.as_str(), *port).to_socket_addrs()? {
                    let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
                    match TcpStream::connect_timeout(&address, left) {
                        // Requests are few and large: waiting for more to send only delays the second of two.
                        Ok(stream) => return stream.set_nodelay(true).map(|()| Self::Tcp(stream)),
                        Err(failed) => error = failed,
                    }
                }
                Err(error)
            }
            #[cfg(unix)]
            ConnectionAddr::Unix(path) => UnixStream::connect(path).map(Self::Unix),
            _ => Err(io::Error::new(ErrorKind::Unsupported, "this kind of address is not supported")),
        }
    }

    fn set_timeout(&self, way: Way, timeout: Duration) -> io::Result<()> {
        let timeout = Some(timeout);
        match (self, way) {
            (Self::Tcp(stream), Way::In) => stream.set_read_timeout(timeout),
            (Self::Tcp(stream), Way::Out) => stream.set_write_timeout(timeout),
            #[cfg(unix)]
            (Self::Unix(stream), Way::In) => stream.set_read_timeout(timeout),
            #[cfg(unix)]
            (Self::Unix(stream), Way::Out) => stream.set_write_timeout(timeout),
            (Self::Tls(stream), Way::In) => stream.sock.set_read_timeout(timeout),
            (Self::Tls(stream), Way::Out) => stream.sock.set_write_timeout(timeout),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.read(buffer),
            #[cfg(unix)]
            Self::Unix(stream) => stream.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(stream) => stream.write(bytes),
            #[cfg(unix)]
            Self::Unix(stream) => stream.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.flush(),
            #[cfg(unix)]
            Self::Unix(stream) => stream.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}
