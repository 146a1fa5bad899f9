//! What a consumer has done: [`ConsumerReport`].

use std::sync::atomic::{AtomicU64, Ordering};

/// What a consumer has done since it started. Every event that did not reach a receiver is counted here.
///
/// [`ConsumerHandle::report`](super::ConsumerHandle::report) returns it at any time, and
/// [`ConsumerHandle::stop`](super::ConsumerHandle::stop) at the end.
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::bus::{self, ConsumerSettings, EventConsumer, Message, Topic};
/// use openedx_events::{Permanent, ReceiverResult, receiver, signal};
///
/// /// Sent when a plate was dropped.
/// #[signal("org.example.kitchen.plate.dropped.v1")]
/// pub struct PlateDropped {
///     pub pieces: i64,
/// }
///
/// #[receiver(PLATE_DROPPED)]
/// fn glue(pieces: i64) -> ReceiverResult {
///     if pieces > 2 { Err(Permanent::new("too many pieces").into()) } else { Ok(()) }
/// }
///
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let bus = bus::open("memory:")?;
///     let topic = Topic::new("plates")?;
///     for pieces in [2, 50] {
///         let message = Message::of_event(&PlateDropped { pieces }, &PLATE_DROPPED.generate_metadata())?;
///         bus.producer()?.publish(&topic, &[message])?;
///     }
///     let settings = ConsumerSettings::new().max_entries(2);
///     let running = EventConsumer::new(bus, "kitchen").topic(topic).settings(settings).start()?;
///     assert!(running.wait(Duration::from_secs(30)));
///
///     let report = running.stop(Duration::from_secs(5))?;
///     assert_eq!((report.done, report.failed_attempts, report.dead_letters()), (1, 1, 1));
///     Ok(())
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumerReport {
    /// Events whose receivers are all done.
    pub done: u64,
    /// Attempts of receivers that failed.
    pub failed_attempts: u64,
    /// Events that were dead-lettered because a receiver was given up.
    pub dead: u64,
    /// Messages that were dead-lettered because they cannot be decoded.
    pub undecodable: u64,
    /// Events that were dead-lettered because the program has no signal of their type.
    pub unknown_types: u64,
    /// Events that were dead-lettered because the process died too often while it handled them.
    pub crashed: u64,
    /// Events that were dead-lettered because a receiver did not work for longer than the
    /// [`outage_limit`](super::ConsumerSettings::outage_limit).
    pub outages: u64,
    /// How often a circuit of a receiver opened: it failed again and again, so that its events wait.
    pub circuits_opened: u64,
    /// Events that were parked: acknowledged, and kept for receivers that do not work.
    pub parked: u64,
    /// Events that failed and were acknowledged all the same: see [`AckPolicy::Always`](super::AckPolicy::Always).
    pub given_up: u64,
    /// Events that reached no receiver.
    pub suppressed: Suppressed,
    /// Runs of receivers that were left out by [`dedup`](super::ConsumerSettings::dedup).
    pub repeats: u64,
    /// Events that a receiver skipped by returning [`Skip`](crate::Skip).
    pub skipped: u64,
    /// Events of an unknown release of openedx-events that were decoded with the newest schema.
    pub unknown_releases: u64,
    /// Entries that were trimmed by somebody before they were done.
    pub trimmed: u64,
    /// Idle entries that were claimed from other consumers.
    pub claimed: u64,
    /// Entries that other consumers have claimed from this one.
    pub lost: u64,
    /// How often [`dead_letters_alarm`](super::ConsumerSettings::dead_letters_alarm) was logged.
    pub dead_letters_alarms: u64,
    /// How often the group was lost and created again.
    pub lost_groups: u64,
    /// How often the connection to the bus was lost.
    pub disconnects: u64,
    /// Runs that exceeded their [`timeout`](super::ConsumerSettings::timeout) and could not be stopped: of sync receivers,
    /// and of async ones that block.
    pub overdue: u64,
}

/// Events that reached no receiver, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suppressed {
    /// The signal has no receivers.
    pub no_receivers: u64,
    /// The signal is disabled.
    pub disabled: u64,
}

impl ConsumerReport {
    /// The number of messages that were dead-lettered, for any reason.
    pub fn dead_letters(&self) -> u64 {
        self.dead + self.undecodable + self.unknown_types + self.crashed + self.outages
    }
}

macro_rules! counts {
    ($($name:ident)*) => {
        /// The numbers of a [`ConsumerReport`] while they change.
        #[derive(Debug, Default)]
        pub(super) struct Counts {
            $(pub(super) $name: Count,)*
            pub(super) no_receivers: Count,
            pub(super) disabled: Count,
        }

        impl Counts {
            pub(super) fn report(&self) -> ConsumerReport {
                ConsumerReport {
                    $($name: self.$name.get(),)*
                    suppressed: Suppressed { no_receivers: self.no_receivers.get(), disabled: self.disabled.get() },
                }
            }
        }
    };
}

counts! {
    done failed_attempts dead undecodable unknown_types crashed outages circuits_opened parked given_up repeats skipped unknown_releases trimmed claimed
    lost dead_letters_alarms lost_groups disconnects overdue
}

/// A number that many threads increment.
#[derive(Debug, Default)]
pub(super) struct Count(AtomicU64);

impl Count {
    pub(super) fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
