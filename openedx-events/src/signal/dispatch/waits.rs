//! What an awaited sending waits for beside its async receivers: [`Waits`].

use std::fmt;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::receiver::ReceiverResult;
use crate::sync;

/// Something that a sync receiver has begun, and that comes to its end by itself.
pub(crate) type Wait = Pin<Box<dyn Future<Output = ReceiverResult> + Send>>;

/// What the sync receivers of an awaited sending have begun. What it comes to is the outcome of its receiver.
#[derive(Default)]
pub(crate) struct Waits {
    /// The number of the receiver that is being called.
    receiver: AtomicUsize,
    begun: Mutex<Vec<(usize, Wait)>>,
}

impl Waits {
    /// What is begun from now on is this receiver's.
    pub(crate) fn set_receiver(&self, receiver: usize) {
        self.receiver.store(receiver, Ordering::Relaxed);
    }

    /// One more.
    #[cfg(feature = "bus")]
    pub(crate) fn push(&self, wait: Wait) {
        let receiver = self.receiver.load(Ordering::Relaxed);
        sync::lock(&self.begun).push((receiver, wait));
    }

    /// What was begun, each with the number of its receiver.
    pub(crate) fn take(&self) -> Vec<(usize, Wait)> {
        std::mem::take(&mut sync::lock(&self.begun))
    }
}

impl fmt::Debug for Waits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Waits")
    }
}
