//! The same for the crate `metrics`: [`install_facade`].

use std::sync::{Arc, Once};

use ::metrics::Label;

use super::handles::{Counter, Handle, Histogram, Series};
use super::levels;
use super::recorder::Recorder;
use super::table::{Kind, METRICS, Metric};
use crate::bus::observe::add_observer;

/// Hands what the producers and the consumers do that start from now on to the crate
/// [`metrics`](https://docs.rs/metrics), under the same names. Call it after the program has installed its recorder, as
/// series stay with the recorder that they were made by. Further calls do nothing.
///
/// Gauges are set by [`record_gauges`].
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::bus::metrics;
///
/// // In `main`, behind the installation of an exporter.
/// metrics::install_facade();
///
/// // Before each export, or every few seconds on a thread of its own.
/// metrics::record_gauges();
/// ```
pub fn install_facade() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for metric in METRICS {
            match metric.kind {
                Kind::Counter => ::metrics::describe_counter!(metric.name, metric.help),
                Kind::Gauge => ::metrics::describe_gauge!(metric.name, metric.help),
                Kind::Histogram => {
                    ::metrics::describe_histogram!(metric.name, ::metrics::Unit::Seconds, metric.help);
                }
            }
        }
        add_observer(Arc::new(Recorder::new(Arc::new(Facade))));
    });
}

/// Reads all gauges and hands them to the crate `metrics`. Asks the bus, and blocks until it has answered.
pub fn record_gauges() {
    for gauge in levels::read() {
        let values: Vec<_> = gauge.labels.iter().map(String::as_str).collect();
        ::metrics::gauge!(gauge.metric.name, labels(gauge.metric, &values)).set(gauge.value);
    }
}

/// Makes series with the recorder of the program.
struct Facade;

impl Series for Facade {
    fn series(&self, metric: &'static Metric, values: &[&str]) -> Handle {
        let labels = labels(metric, values);
        match metric.kind {
            Kind::Histogram => {
                Handle::Histogram(Histogram::Facade(::metrics::histogram!(metric.name, labels)))
            }
            Kind::Counter | Kind::Gauge => {
                Handle::Counter(Counter::Facade(::metrics::counter!(metric.name, labels)))
            }
        }
    }
}

fn labels(metric: &Metric, values: &[&str]) -> Vec<Label> {
    let pairs = metric.labels.iter().zip(values).filter(|(_, value)| !value.is_empty());
    pairs.map(|(name, value)| Label::new(*name, (*value).to_owned())).collect()
}
