//! Consuming: from the bus to the receivers of this program.
//!
//! ```text
//!   reader ──► window ──► workers          one reader and a few workers for each topic
//!     ▲          │ ▲         │
//!     │          ▼ └─────────┘  what became of each entry
//!  Consumer ◄── keeper                     signs of life, pauses between attempts, acknowledgements
//! ```
//!
//! The reader fills a window of entries; workers take them one by one, an entry at a time of each key. What is done is
//! acknowledged with the next read, or by the keeper while the reader waits.

mod alarm;
mod call;
mod consumed;
mod consumer;
mod decode;
mod policy;
mod progress;
mod quota;
mod reader;
mod report;
mod run;
mod running;
mod settings;
pub(super) mod stop_signals;
mod upkeep;
mod window;
mod worker;

#[cfg(feature = "cli")]
pub(crate) use decode::{Decoded, Undecoded};
#[cfg(feature = "cli")]
pub(crate) use run::no_signals;

pub use consumed::{Consumed, EventOutcome};
pub use consumer::EventConsumer;
pub use report::{ConsumerReport, Suppressed};
pub use running::{RunningConsumer, StopError};
pub use settings::{AckPolicy, ConsumerSettings, MissingTopic, RetryPolicy, UnknownRelease};
