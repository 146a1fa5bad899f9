//! Endpoints that say whether this program consumes and publishes: `/healthz`, `/readyz` and `/metrics`.
//!
//! They cover all producers and consumers of the process, without any wiring: set `EVENT_BUS_STATUS=127.0.0.1:9464`, the field
//! [`status`](super::ConsumerSettings::status) of consumer settings, or call [`serve`]. A program that has an HTTP server of its own
//! calls [`readiness`], [`liveness`] and [`metrics::text`](super::metrics::text) there.
//!
//! | path | answer |
//! |---|---|
//! | `/healthz` | 200 as long as the threads of all consumers work; otherwise 503: the process should be restarted |
//! | `/readyz` | 200 if the bus answers, every topic is read and publishing works; otherwise 503, with a reason on each line |
//! | `/metrics` | the [metrics](super::metrics) in the text format of Prometheus |
//!
//! The bus of each consumer is probed twice a second. One that does not answer within a second is not ready.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::TcpStream;
//!
//! use openedx_events::bus::status;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = status::serve("127.0.0.1:0")?;
//! let mut stream = TcpStream::connect(server.address())?;
//! stream.write_all(b"GET /readyz HTTP/1.1\r\n\r\n")?;
//! let mut answer = String::new();
//! stream.read_to_string(&mut answer)?;
//! assert!(answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\nready\n"));
//! # Ok(())
//! # }
//! ```

mod request;
mod server;

pub use server::StatusServer;

use super::contract::error::{BusError, ErrorKind};
use super::observe::{live, readiness};

/// Serves the endpoints at this address, `HOST:PORT`, until the last value that was returned for it is dropped. Port 0 stands for any
/// free one. Installs the [metrics](super::metrics::install).
///
/// Four threads answer, and one watches the bus. Requests are neither encrypted nor authenticated: the answers have names of topics,
/// groups and receivers, and no data of events.
///
/// # Errors
///
/// The address cannot be resolved or used, or no threads can be spawned: a [configuration](ErrorKind::Configuration) error.
pub fn serve(address: &str) -> Result<StatusServer, BusError> {
    super::metrics::install();
    StatusServer::at(address).map_err(|error| {
        let what = format!("cannot serve the status at `{}`: {error}", address.escape_debug());
        BusError::new(ErrorKind::Configuration, what).caused_by(error)
    })
}

/// Whether all producers and consumers of this process are ready. If not, the reasons. Does not block.
///
/// Consumers that wait for the bus to start, or that are being stopped, are not ready; those that were stopped do not count. While a
/// [server](serve) runs, a bus that does not answer is noticed within two seconds; without one, when the next call fails.
///
/// # Errors
///
/// The reasons, one text each. What belongs to a topic begins with its name.
pub fn readiness() -> Result<(), Vec<String>> {
    let reasons = readiness::problems();
    if reasons.is_empty() { Ok(()) } else { Err(reasons) }
}

/// Whether the threads of all consumers of this process work. If not, the process should be restarted. Does not block.
///
/// # Errors
///
/// The reasons, one text each.
pub fn liveness() -> Result<(), Vec<String>> {
    let reasons: Vec<_> = live::all().iter().filter_map(|live| live.dead()).collect();
    if reasons.is_empty() { Ok(()) } else { Err(reasons) }
}
