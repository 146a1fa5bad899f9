//! The server: [`Server`].

use ::redis::{ConnectionAddr, ConnectionInfo};

use super::address::{Address, Timeouts};
use super::options::Options;
use super::tls::Tls;
use crate::bus::contract::error::{BusError, ErrorKind};

/// Where the server is, and how it is treated.
pub(super) struct Server {
    pub(super) info: ConnectionInfo,
    pub(super) tls: Option<Tls>,
    pub(super) options: Options,
    /// Host and port, without the password.
    pub(super) address: String,
}

impl Server {
    /// The server at a URL. Nothing is sent yet.
    pub(super) fn new(url: &str, options: Options) -> Result<Self, BusError> {
        let Address { info, timeouts: Timeouts { connect, response } } = Address::read(url)?;
        let options = Options {
            connect_timeout: connect.unwrap_or(options.connect_timeout),
            response_timeout: response.unwrap_or(options.response_timeout),
            ..options
        };
        let tls = match info.addr() {
            ConnectionAddr::TcpTls { host, .. } => {
                let tls = Tls::new(host, options.root_certificates.as_deref()).map_err(|error| {
                    let text = "TLS to the Redis server cannot be set up";
                    BusError::new(ErrorKind::Configuration, text).caused_by(error)
                });
                Some(tls?)
            }
            _ => None,
        };
        Ok(Self { address: info.addr().to_string(), info, tls, options })
    }

    /// The address as a URL, without user, password and database.
    pub(super) fn url(&self) -> String {
        let scheme = match self.info.addr() {
            ConnectionAddr::TcpTls { .. } => "rediss",
            ConnectionAddr::Unix(_) => "unix",
            _ => "redis",
        };
        format!("{scheme}://{}", self.address)
    }

    /// What is tried, for errors.
    pub(super) fn connecting(&self) -> String {
        format!("connecting to the Redis server {}", self.address)
    }
}
