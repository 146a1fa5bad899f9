//! TLS to the server: [`Tls`].

use std::sync::Arc;

use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::receiver::BoxError;

/// The name of the server, and who may vouch for it.
pub(super) struct Tls {
    config: Arc<ClientConfig>,
    name: ServerName<'static>,
}

impl Tls {
    /// TLS to a host. `authority` has certificates (PEM) that replace the public ones.
    pub(super) fn new(host: &str, authority: Option<&[u8]>) -> Result<Self, BoxError> {
        let mut roots = RootCertStore::empty();
        match authority {
            Some(authority) => {
                for certificate in CertificateDer::pem_slice_iter(authority) {
                    roots.add(certificate?)?;
                }
            }
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        }
        let provider = CryptoProvider::get_default().cloned();
        let provider = provider.unwrap_or_else(|| Arc::new(ring::default_provider()));
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = Arc::new(config.with_root_certificates(roots).with_no_client_auth());
        Ok(Self { config, name: ServerName::try_from(host.to_owned())? })
    }

    /// The TLS of one connection.
    pub(super) fn session(&self) -> Result<ClientConnection, rustls::Error> {
        ClientConnection::new(Arc::clone(&self.config), self.name.clone())
    }
}
