//! Seeing how a consumer starts: [`StartWatcher`].

use std::net::SocketAddr;

use crate::bus::contract::error::BusError;

/// Sees what happens before a consumer runs.
pub(crate) trait StartWatcher {
    /// Its endpoints are served at this address.
    fn serving(&mut self, address: SocketAddr);

    /// The bus cannot be reached yet, and is tried again.
    fn retrying(&mut self, error: &BusError);
}

/// Sees nothing.
impl StartWatcher for () {
    fn serving(&mut self, _: SocketAddr) {}

    fn retrying(&mut self, _: &BusError) {}
}
