//! A consumer that is held up by its receiver.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use openedx_events::Connection;
use openedx_events::bus::RunningConsumer;
use openedx_events_tests::wait_until;

use crate::faulty_bus::{Sea, quick};

/// A receiver that a test lets finish.
pub(crate) struct Held {
    begun: AtomicBool,
    released: AtomicBool,
}

impl Held {
    /// A receiver that is held up by its event.
    pub(crate) fn receive(sea: &Sea) -> (Arc<Self>, Connection) {
        let held = Arc::new(Self { begun: AtomicBool::new(false), released: AtomicBool::new(false) });
        let receiver = Arc::clone(&held);
        let connection = sea.receive(move |_| {
            receiver.run();
            Ok(())
        });
        sea.publish(0..1);
        (held, connection)
    }

    /// A consumer that runs it.
    pub(crate) fn start(sea: &Sea) -> (Arc<Self>, Connection, RunningConsumer) {
        let (held, connection) = Self::receive(sea);
        let running = sea.start(quick());
        held.wait_until_begun();
        (held, connection, running)
    }

    pub(crate) fn wait_until_begun(&self) {
        wait_until("it has begun", || self.begun.load(Ordering::Relaxed));
    }

    fn run(&self) {
        self.begun.store(true, Ordering::Relaxed);
        wait_until("the test is over", || self.released.load(Ordering::Relaxed));
    }

    pub(crate) fn release(&self) {
        self.released.store(true, Ordering::Relaxed);
    }
}
