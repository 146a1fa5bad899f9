//! The text format of Prometheus: [`write`].

use std::fmt::Write as _;

use super::buckets::{BOUNDS, Total};
use super::handles::{Counter, Handle, Histogram};
use super::levels::Gauge;
use super::store::Store;
use super::table::{METRICS, Metric};

/// Writes all series, those of a metric behind its name and its help.
pub(super) fn write(store: Option<&Store>, gauges: &[Gauge]) -> String {
    let mut text = String::new();
    for metric in METRICS {
        let (name, kind) = (metric.name, metric.kind.name());
        let mut lines = String::new();
        for (values, handle) in store.map(|store| store.of(metric)).unwrap_or_default() {
            series(&mut lines, metric, &values, &handle);
        }
        for gauge in gauges.iter().filter(|gauge| std::ptr::eq(gauge.metric, *metric)) {
            sample(&mut lines, name, &labels(metric, &gauge.labels, None), gauge.value);
        }
        if !lines.is_empty() {
            // Writing to a `String` does not fail, here and below.
            let _ = write!(text, "# HELP {name} {}\n# TYPE {name} {kind}\n{lines}", metric.help);
        }
    }
    text
}

fn series(lines: &mut String, metric: &Metric, values: &[String], handle: &Handle) {
    use std::sync::atomic::Ordering::Relaxed;

    match handle {
        Handle::Counter(Counter::Own(count)) => {
            let count: u64 = count.all().map(|count| count.load(Relaxed)).sum();
            sample(lines, metric.name, &labels(metric, values, None), count);
        }
        Handle::Histogram(Histogram::Own(buckets)) => {
            histogram(lines, metric, values, &Total::of(buckets));
        }
        // The facade writes its own.
        #[cfg(feature = "metrics")]
        Handle::Counter(Counter::Facade(_)) | Handle::Histogram(Histogram::Facade(_)) => {}
    }
}

fn histogram(lines: &mut String, metric: &Metric, values: &[String], total: &Total) {
    let counts = total.cumulative();
    let bounds = BOUNDS.iter().map(|(bound, _)| *bound).chain(["+Inf"]);
    for (bound, count) in bounds.zip(counts) {
        let name = format!("{}_bucket", metric.name);
        sample(lines, &name, &labels(metric, values, Some(bound)), count);
    }
    let labels = labels(metric, values, None);
    sample(lines, &format!("{}_sum", metric.name), &labels, total.sum().as_secs_f64());
    sample(lines, &format!("{}_count", metric.name), &labels, counts[counts.len() - 1]);
}

fn sample(lines: &mut String, name: &str, labels: &str, value: impl std::fmt::Display) {
    let _ = writeln!(lines, "{name}{labels} {value}");
}

/// `{topic="orders",le="0.5"}`, or nothing.
fn labels(metric: &Metric, values: &[String], bound: Option<&str>) -> String {
    let names = metric.labels.iter().copied();
    let pairs = names.zip(values.iter().map(String::as_str)).filter(|(_, value)| !value.is_empty());
    let pairs = pairs.chain(bound.map(|bound| ("le", bound)));
    let pairs: Vec<_> = pairs.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    if pairs.is_empty() { String::new() } else { format!("{{{}}}", pairs.join(",")) }
}

/// Names of closures and of groups may be anything.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
