//! The bus on Redis against upstream's own packages, live: services in Python and in Rust on one stream.
//!
//! `tests/run.sh` makes the virtual environment with the packages, and installs redis-server. `INTEROP_SEED` repeats a run
//! by the seed that it printed, and `INTEROP_EVENTS` lets fewer events go each way.

#[path = "../difference.rs"]
mod difference;
#[path = "../notice.rs"]
mod notice;
#[path = "../peer.rs"]
mod peer;
#[path = "../python.rs"]
mod python;
#[path = "../signals.rs"]
mod signals;

mod addresses;
mod cursor;
mod failures;
mod ledger;
mod receiving;
mod sending;
mod settled;
mod sides;
mod traffic;
mod upstream;
mod wire;
