//! What was registered last: [`Latest`].

use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

use super::registration::{Declaration, HiddenModule, Registration};

/// The newest of each kind. As `inventory` forgets nothing and puts what is new in front, more is registered when it differs.
#[derive(Clone, Copy)]
pub(super) struct Latest {
    declaration: Option<&'static Declaration>,
    receiver: Option<&'static Registration>,
    hidden: Option<&'static HiddenModule>,
}

/// The newest receiver that the registry has. Sends compare it, and nothing else: a signal that comes later is not prepared, and has
/// the registry built again when it is first used.
static RECEIVER: AtomicPtr<Registration> = AtomicPtr::new(ptr::null_mut());

/// Whether the registry has all receivers. It need not be built if there are none: then no signal is prepared.
#[inline]
pub(crate) fn is_complete() -> bool {
    // Acquire: a thread that sees it also sees the plans.
    address(newest::<Registration>()) == RECEIVER.load(Ordering::Acquire)
}

#[inline]
fn newest<T: inventory::Collect>() -> Option<&'static T> {
    inventory::iter::<T>.into_iter().next()
}

#[inline]
fn address<T>(newest: Option<&T>) -> *mut T {
    newest.map_or(ptr::null_mut(), |newest| ptr::from_ref(newest).cast_mut())
}

impl Latest {
    pub(super) fn now() -> Self {
        Self { declaration: newest(), receiver: newest(), hidden: newest() }
    }

    /// All up to these are in the registry, and their signals are prepared.
    pub(super) fn mark_prepared(self) {
        RECEIVER.store(address(self.receiver), Ordering::Release);
    }
}

impl PartialEq for Latest {
    fn eq(&self, other: &Self) -> bool {
        address(self.declaration) == address(other.declaration)
            && address(self.receiver) == address(other.receiver)
            && address(self.hidden) == address(other.hidden)
    }
}
