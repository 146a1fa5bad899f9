//! Why a topic stands still: [`Standstill`].

use std::fmt;

/// Why nothing more is read of a topic, or next to nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bus::consume) enum Standstill {
    /// Each receiver fails, or has many parked events to run first.
    NoReceiverWorks,
    /// As much is parked as may be.
    StoreIsFull,
    /// What is in flight waits and cannot be parked, or no worker is free.
    AllInFlightWaits,
}

impl fmt::Display for Standstill {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoReceiverWorks => {
                "no receiver of the topic works, or each has many parked events to run: it is read slowly"
            }
            Self::StoreIsFull => {
                "`max_parked` or `max_parked_bytes` is reached: nothing more is read until parked events are done"
            }
            Self::AllInFlightWaits => {
                "all events in flight wait for receivers that fail or do not return, and nothing more is read"
            }
        })
    }
}
