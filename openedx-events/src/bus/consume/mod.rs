//! Consuming: from the bus to the receivers of this program.
//!
//! ```text
//!               read, claim             put              next              run
//!   bus ───────────────────► reader ───────► window ───────────► worker ───────► receivers
//!    ▲                         ▲              ▲ │ ▲                 │
//!    │  acknowledge with read  │     done     │ │ └─────────────────┘
//!    ├─────────────────────────┴──────────────┘ │      settle: done, dead-lettered, retry
//!    │  acknowledge, heartbeat                  ▼
//!    └────────────────────────────────────── upkeep     ends backoffs, watches timeouts
//! ```
//!
//! Each topic has a reader, some workers and an upkeep, each on its own thread ([`shared`]: what they share). The way of one
//! entry:
//!
//! 1. [`reader`] reads a batch, or claims what another consumer has left, and puts it in the window.
//! 2. [`window`] holds the entries in flight. It hands an entry to a worker when no other one of its key is before it.
//! 3. [`worker`] counts the attempt if the entry was redelivered, decodes the event ([`decode`]) and runs its receivers.
//! 4. [`attempt`] runs one receiver once, by its [`policy`] and with [`dedup`] if that is wanted: a [`call`]. What comes of it
//!    is the receiver's [`progress`].
//! 5. [`worker`] settles the entry with the window: it is done, it was dead-lettered ([`dead_lettering`]), or it is open: some of
//!    its receivers failed, or have to wait. The window hands each of these to a worker by itself when its time has come, in the
//!    order of the keys, and the entry to the worker that ends the last one.
//! 6. [`window`] keeps what is done until it is acknowledged: by [`reader`] with its next read, or by [`upkeep`] while the reader
//!    waits.
//!
//! [`circuits`] say which receivers work: for each one a [`circuit`] decides whether a failure is the fault of its
//! event or of the receiver. What waits for a receiver stays in the window; other receivers go on. [`health`] tells.
//! Around it all, [`consumer`] starts the threads, and a [`start_watcher`] sees how it goes. [`control`] knows whether they run, and
//! stops them for its owner, [`running`], or for a [`handle`]; [`run`] does both for the `main` of a service. [`rerun`] is for what was
//! consumed before, and a [`recipient`] takes the events instead of the receivers of the program.

mod alarm;
mod around;
mod attempt;
mod call;
mod circuit;
mod circuits;
mod consumed;
mod consumer;
mod control;
mod dead_lettering;
mod decode;
mod dedup;
mod handle;
mod health;
mod heartbeat;
mod hooks;
mod log_once;
mod parking;
mod policy;
mod progress;
mod quota;
mod reader;
mod receiver_run;
mod recipient;
mod report;
mod rerun;
mod run;
mod running;
mod running_topic;
mod runs;
mod settings;
mod shared;
mod start_watcher;
mod stop_error;
pub(super) mod stop_signals;
mod stopping;
mod upkeep;
mod waiters;
mod window;
mod worker;

#[cfg(feature = "cli")]
pub(crate) use decode::{Decoded, Undecoded};
#[cfg(feature = "cli")]
pub(crate) use rerun::Rerun;
#[cfg(feature = "cli")]
pub(crate) use run::no_signals;
#[cfg(feature = "cli")]
pub(crate) use start_watcher::StartWatcher;

pub use around::{Next, Ran, ReceivedEvent};
pub use consumed::{Consumed, EventOutcome};
pub use consumer::EventConsumer;
pub use handle::ConsumerHandle;
pub use health::{CircuitInfo, Health};
pub use receiver_run::{ReceiverRun, RunOutcome};
pub use recipient::{Closed, Recipient};
pub use report::{ConsumerReport, Suppressed};
pub use run::{run_all, run_all_until_signal};
pub use running::RunningConsumer;
pub use settings::{AckPolicy, ConsumerSettings, MissingTopic, ReadFrom, RetryPolicy, UnknownRelease};
pub use stop_error::StopError;

/// The target of everything that consumers log, wherever the code lies.
const LOG: &str = "openedx_events::bus::consume";
