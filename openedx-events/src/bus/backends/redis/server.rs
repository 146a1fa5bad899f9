//! The server: [`Server`].

use ::redis::io::tcp::TcpSettings;
use ::redis::{
    Client, Connection, ConnectionAddr, IntoConnectionInfo as _, ProtocolVersion, RedisError, TlsCertificates,
};

use super::failure;
use super::options::Options;
use crate::bus::contract::error::{BusError, ErrorKind};

/// Where the server is, and how it is treated.
pub(super) struct Server {
    client: Client,
    pub(super) options: Options,
    /// Host and port, without the password.
    pub(super) address: String,
}

impl Server {
    /// The server at a URL. Nothing is sent yet.
    pub(super) fn new(url: &str, options: Options) -> Result<Self, BusError> {
        let invalid = |error: RedisError| {
            let text = "the address of the Redis server, whose form is \
                        `redis://[user][:password]@host[:port][/database]` with escapes such as `%2F` for special characters";
            BusError::new(ErrorKind::Configuration, text).caused_by(error)
        };
        let info = url.into_connection_info().map_err(invalid)?;
        // Replies have another shape in the other protocol. Requests are few and large, so that waiting for more to send
        // only delays the second of two.
        let redis = info
            .redis_settings()
            .clone()
            .set_protocol(ProtocolVersion::RESP2)
            .set_lib_name("openedx-events-rust", env!("CARGO_PKG_VERSION"));
        let info = info.set_redis_settings(redis).set_tcp_settings(TcpSettings::default().set_nodelay(true));
        let address = info.addr().to_string();
        let is_tls = matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        if is_tls && rustls::crypto::CryptoProvider::get_default().is_none() {
            // Fails if another thread was faster, which is as good.
            let _ = rustls::crypto::ring::default_provider().install_default();
        }
        let client = match options.root_certificates.clone().filter(|_| is_tls) {
            Some(root) => {
                Client::build_with_tls(info, TlsCertificates { client_tls: None, root_cert: Some(root) })
            }
            None => Client::open(info),
        };
        Ok(Self { client: client.map_err(invalid)?, options, address })
    }

    /// Makes a connection and logs in.
    pub(super) fn connect(&self) -> Result<Connection, BusError> {
        let connection = self.client.get_connection_with_timeout(self.options.connect_timeout);
        connection.map_err(|error| failure::lost(&self.connecting(), error))
    }

    /// What is tried, for errors.
    pub(super) fn connecting(&self) -> String {
        format!("connecting to the Redis server {}", self.address)
    }
}
