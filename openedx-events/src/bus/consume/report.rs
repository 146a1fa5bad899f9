//! What a consumer has done: [`ConsumerReport`].

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// What a consumer has done since it started. Every event that did not reach a receiver is counted here.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumerReport {
    /// Events whose receivers are all done.
    pub done: u64,
    /// Runs of receivers that failed.
    pub failed_attempts: u64,
    /// Events of which a receiver failed at every attempt.
    pub dead: u64,
    /// Messages that cannot be read.
    pub undecodable: u64,
    /// Events of a type that this program does not have.
    pub unknown_types: u64,
    /// Messages whose handling has killed the process, again and again.
    pub crashed: u64,
    /// Events that failed and were acknowledged all the same, as `ack_policy = always` wants it.
    pub given_up: u64,
    /// Events that reached nobody.
    pub suppressed: Suppressed,
    /// Runs that were left out, as the receiver was remembered to have done the event.
    pub repeats: u64,
    /// Events that a receiver skipped.
    pub skipped: u64,
    /// Events of an upstream release that is not known, which were read by the newest schema.
    pub unknown_releases: u64,
    /// Entries that others have trimmed while they were in hand, or before anyone read them.
    pub trimmed: u64,
    /// Entries that were taken over from others.
    pub taken_over: u64,
    /// Entries that others have taken over.
    pub lost: u64,
    /// How often a topic had so many dead letters that it was logged: see
    /// [`dead_letters_alarm`](super::ConsumerSettings::dead_letters_alarm).
    pub dead_letters_alarms: u64,
    /// How often the group was gone and was made again.
    pub lost_groups: u64,
    /// How often the bus was lost.
    pub disconnects: u64,
    /// Runs of sync receivers that have passed their time limit, and of async ones that do not let themselves be dropped at
    /// it, as they block.
    pub overdue: u64,
}

/// Events that reached nobody, by the reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suppressed {
    /// Nothing listens to the event.
    pub no_receivers: u64,
    /// The signal is disabled.
    pub disabled: u64,
}

impl ConsumerReport {
    /// Messages that became dead letters.
    pub fn dead_letters(&self) -> u64 {
        self.dead + self.undecodable + self.unknown_types + self.crashed
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
            /// Whether the bus answers and no receiver is stuck.
            pub(super) is_unready: AtomicBool,
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
    done failed_attempts dead undecodable unknown_types crashed given_up repeats skipped unknown_releases trimmed taken_over
    lost dead_letters_alarms lost_groups disconnects overdue
}

/// A number that many threads count up.
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
