//! Keeping other consumers from claiming what this one has: [`send`].

use super::LOG;
use super::shared::Shared;
use crate::bus::contract::error::BusError;

/// Sends heartbeats for what is in flight and for what is parked.
pub(super) fn send(shared: &Shared) {
    let topic = shared.topic();
    if let Err(error) = send_for_entries(shared) {
        tracing::warn!(target: LOG, %topic, %error, "the heartbeat failed");
    }
    if shared.window().parked() > 0
        && let Some(store) = shared.consumer().parked()
        && let Err(error) = store.renew()
    {
        tracing::warn!(target: LOG, %topic, %error, "the heartbeat failed");
    }
}

/// Sends heartbeats for what is in flight. What others have claimed by now does not begin here any more.
pub(super) fn send_for_entries(shared: &Shared) -> Result<(), BusError> {
    let lost = shared.consumer().renew(&shared.window().entries())?;
    for entry in shared.window().drop_lost(lost) {
        shared.entry_was_claimed(&entry);
    }
    Ok(())
}
