//! What an awaited send waits for besides its async receivers: [`Waits`].

use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::receiver::ReceiverResult;
use crate::sync;

/// A future that a sync receiver has started.
pub(crate) type Wait = Pin<Box<dyn Future<Output = ReceiverResult> + Send>>;

/// The futures that the sync receivers of an awaited send have started. Each decides the outcome of its receiver.
#[derive(Default)]
pub(crate) struct Waits {
    /// The index of the receiver that is being called.
    receiver: AtomicUsize,
    started: Mutex<Vec<(usize, Wait)>>,
}

impl Waits {
    /// Assigns the futures that are pushed from now on to this receiver.
    pub(crate) fn set_receiver(&self, receiver: usize) {
        self.receiver.store(receiver, Ordering::Relaxed);
    }

    /// Adds a future of the current receiver.
    #[cfg(feature = "bus")]
    pub(crate) fn push(&self, wait: Wait) {
        let receiver = self.receiver.load(Ordering::Relaxed);
        sync::lock(&self.started).push((receiver, wait));
    }

    /// Takes the futures, each with the index of its receiver.
    pub(crate) fn take(&self) -> Vec<(usize, Wait)> {
        std::mem::take(&mut sync::lock(&self.started))
    }
}

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waits")
    }
}
