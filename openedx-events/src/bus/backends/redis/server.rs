//! The server: [`Server`].

use ::redis::{ConnectionAddr, ConnectionInfo, IntoConnectionInfo as _};

use super::options::Options;
use super::tls::Tls;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::receiver::BoxError;

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
        let info = url.into_connection_info().map_err(|error| invalid(error.into()))?;
        let tls = match info.addr() {
            ConnectionAddr::TcpTls { insecure: true, .. } => {
                return Err(invalid("a certificate must be verified".into()));
            }
            ConnectionAddr::TcpTls { host, .. } => {
                Some(Tls::new(host, options.root_certificates.as_deref()).map_err(invalid)?)
            }
            _ => None,
        };
        Ok(Self { address: info.addr().to_string(), info, tls, options })
    }

    /// What is tried, for errors.
    pub(super) fn connecting(&self) -> String {
        format!("connecting to the Redis server {}", self.address)
    }
}

fn invalid(error: BoxError) -> BusError {
    let text = "the address of the Redis server, whose form is \
                `redis://[user][:password]@host[:port][/database]` with escapes such as `%2F` for special characters";
    BusError::new(ErrorKind::Configuration, text).caused_by(error)
}
