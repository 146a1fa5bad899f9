//! Numbers about the event bus of this program, in the text format of Prometheus.
//!
//! [`install`] counts from then on; [`text`] writes what was counted. With the feature `metrics`, [`install_facade`]
//! hands the same to the crate [`metrics`](https://docs.rs/metrics), and so to its exporters. [`METRICS`] lists all
//! names, as the page `docs/metrics.md` does.
//!
//! ```
//! use openedx_events::bus::metrics;
//!
//! // In `main`, before producers and consumers start.
//! metrics::install();
//!
//! // Wherever the program answers `GET /metrics`.
//! let text = metrics::text();
//! assert!(text.contains("openedx_events_ready 1\n"));
//! ```

mod buckets;
mod cache;
#[cfg(feature = "metrics")]
mod facade;
mod handles;
mod levels;
mod recorder;
mod sharded;
mod store;
mod table;
mod text;

use std::sync::{Arc, OnceLock};

#[cfg(feature = "metrics")]
pub use facade::{install_facade, record_gauges};
pub use table::{Kind, METRICS, Metric};

use recorder::Recorder;
use store::Store;

use super::observe::add_observer;

static STORE: OnceLock<Arc<Store>> = OnceLock::new();

/// Counts what the producers and the consumers do that start from now on, until the process ends. Further calls do
/// nothing.
///
/// Costs at most a few dozen nanoseconds for each event.
pub fn install() {
    STORE.get_or_init(|| {
        let store = Arc::new(Store::default());
        add_observer(Arc::new(Recorder::new(Arc::clone(&store))));
        store
    });
}

/// All metrics of the process as text, for `GET /metrics` with the content type `text/plain; version=0.0.4`.
///
/// What was counted since [`install`], and the present lag, sizes of queues and readiness. The former are missing
/// without [`install`]. The latter are read now: this asks the bus, and blocks until it has answered, on a thread of an
/// async runtime too. What the bus does not tell is left out.
pub fn text() -> String {
    text::write(STORE.get().map(|store| &**store), &levels::read())
}
