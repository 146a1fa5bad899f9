//! The same through the crate `metrics`.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use metrics::{
    Counter, CounterFn, Gauge, GaugeFn, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder,
    SharedString, Unit,
};
use openedx_events::bus::metrics::{install_facade, record_gauges};
use openedx_events::signal;
use openedx_events_tests::DEADLINE;

use crate::shop::Shop;

/// Sent when a receipt was printed.
#[signal("org.example.metrics.receipt.printed.v1", key = customer)]
pub struct ReceiptPrinted {
    pub customer: String,
}

static VALUES: Mutex<BTreeMap<String, f64>> = Mutex::new(BTreeMap::new());

/// Keeps the sum, or the last value, of each series.
struct Sums;

struct Series(String);

impl Series {
    fn of(key: &Key) -> Arc<Self> {
        let labels: Vec<_> = key.labels().map(|label| format!("{}={}", label.key(), label.value())).collect();
        Arc::new(Self(format!("{} {}", key.name(), labels.join(" "))))
    }

    fn add(&self, more: f64) {
        *VALUES.lock().unwrap_or_else(PoisonError::into_inner).entry(self.0.clone()).or_default() += more;
    }
}

impl CounterFn for Series {
    fn increment(&self, value: u64) {
        self.add(f64::from(u32::try_from(value).expect("few")));
    }

    fn absolute(&self, _: u64) {}
}

impl GaugeFn for Series {
    fn increment(&self, value: f64) {
        self.add(value);
    }

    fn decrement(&self, value: f64) {
        self.add(-value);
    }

    fn set(&self, value: f64) {
        VALUES.lock().unwrap_or_else(PoisonError::into_inner).insert(self.0.clone(), value);
    }
}

impl HistogramFn for Series {
    /// Counts the times.
    fn record(&self, _: f64) {
        self.add(1.0);
    }
}

impl Recorder for Sums {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(Series::of(key))
    }

    fn register_gauge(&self, key: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::from_arc(Series::of(key))
    }

    fn register_histogram(&self, key: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::from_arc(Series::of(key))
    }
}

#[test]
fn the_facade_gets_the_same() {
    assert!(metrics::set_global_recorder(Sums).is_ok(), "the only recorder of a test process");
    install_facade();
    let shop = Shop::new("receipts");
    let _files = RECEIPT_PRINTED.connect("files", |_, _| Ok(()));
    shop.publish(&RECEIPT_PRINTED, [ReceiptPrinted { customer: "Ada".to_owned() }]);
    shop.consume(1);
    let running = shop.start();
    record_gauges();
    running.stop(DEADLINE).expect("stopped");
    let values = VALUES.lock().expect("no panic").clone();
    let place = "messaging_system=memory messaging_destination_name=receipts";
    let group = "messaging_consumer_group_name=shop";
    for (series, expected) in [
        (format!("messaging_client_sent_messages_total {place} messaging_operation_name=publish"), 1.0),
        (
            format!(
                "messaging_client_consumed_messages_total {place} {group} messaging_operation_name=receive"
            ),
            1.0,
        ),
        (format!("messaging_process_duration_seconds {place} {group} messaging_operation_name=process"), 1.0),
        ("openedx_events_receiver_runs_total receiver=files outcome=done".to_owned(), 1.0),
        ("openedx_events_lag topic=receipts group=shop".to_owned(), 0.0),
        ("openedx_events_dead_letters topic=receipts".to_owned(), 0.0),
    ] {
        assert_eq!(values.get(&series), Some(&expected), "{series}: {values:#?}");
    }
}
