//! The text for Prometheus.

use std::collections::BTreeSet;

use openedx_events::bus::metrics::{self, METRICS};
use openedx_events::{AnySignal as _, signal};
use openedx_events_tests::{DEADLINE, wait_until};

use crate::shop::Shop;

/// Sent when an order was placed.
#[signal("org.example.metrics.order.placed.v1", key = customer)]
pub struct OrderPlaced {
    pub customer: String,
}

/// Sent when a basket was left.
#[signal("org.example.metrics.basket.left.v1", key = customer)]
pub struct BasketLeft {
    pub customer: String,
}

/// Sent when a price was changed.
#[signal("org.example.metrics.price.changed.v1", key = customer)]
pub struct PriceChanged {
    pub customer: String,
}

fn of(customer: &str) -> OrderPlaced {
    OrderPlaced { customer: customer.to_owned() }
}

/// The value of a series, as its text.
fn value<'t>(text: &'t str, series: &str) -> &'t str {
    let line = text.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {series} in:\n{text}"))
}

#[test]
fn what_was_published_and_consumed_is_counted() {
    metrics::install();
    let shop = Shop::new("orders");
    let _done = ORDER_PLACED.connect("ships", |_, _| Ok(()));
    let _fails = ORDER_PLACED.connect("a \"quoted\" name", |event, context| {
        if event.customer == "Ada" && context.from_event_bus() { Err("no stock".into()) } else { Ok(()) }
    });
    shop.publish(&ORDER_PLACED, ["Ada", "Grace", "Edsger"].map(of));
    shop.consume(3);

    let text = metrics::text();
    let place = r#"messaging_system="memory",messaging_destination_name="orders""#;
    let group = format!(r#"{place},messaging_consumer_group_name="shop""#);
    for (series, expected) in [
        (
            format!(r#"messaging_client_sent_messages_total{{{place},messaging_operation_name="publish"}}"#),
            "3",
        ),
        (
            format!(
                r#"messaging_client_consumed_messages_total{{{group},messaging_operation_name="receive"}}"#
            ),
            "3",
        ),
        (
            format!(
                r#"messaging_process_duration_seconds_count{{{group},messaging_operation_name="process"}}"#
            ),
            "2",
        ),
        (
            format!(
                r#"messaging_process_duration_seconds_bucket{{{group},messaging_operation_name="process",error_type="receiver_failed",le="+Inf"}}"#
            ),
            "2",
        ),
        (r#"openedx_events_receiver_runs_total{receiver="ships",outcome="done"}"#.to_owned(), "3"),
        (
            r#"openedx_events_receiver_runs_total{receiver="a \"quoted\" name",outcome="done"}"#.to_owned(),
            "2",
        ),
        (
            r#"openedx_events_receiver_runs_total{receiver="a \"quoted\" name",outcome="failed"}"#.to_owned(),
            "1",
        ),
        (
            r#"openedx_events_receiver_runs_total{receiver="a \"quoted\" name",outcome="given_up"}"#
                .to_owned(),
            "1",
        ),
    ] {
        assert_eq!(value(&text, &series), expected, "{series}");
    }
    let operation = format!(
        r#"messaging_client_operation_duration_seconds_count{{{place},messaging_operation_name="publish"}}"#
    );
    assert!(value(&text, &operation).parse::<u32>().expect("a number") >= 1);
    for name in ["Ada", "Grace", "Edsger"] {
        assert!(!text.contains(name), "a key is in the text:\n{text}");
    }
    assert!(!text.contains("EventProducer"), "what a producer connects is no receiver of the bus:\n{text}");
    assert_format(&text);
}

/// Each line is a comment of a known metric or a sample of it, and all samples of one stand together.
fn assert_format(text: &str) {
    let (mut current, mut seen) = ("", BTreeSet::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            current = rest.split(' ').next().expect("a name");
            assert!(METRICS.iter().any(|metric| metric.name == current), "{line}");
            assert!(seen.insert(current), "{current} is there twice");
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let metric = METRICS.iter().find(|metric| metric.name == current).expect("known");
            assert_eq!(rest, format!("{current} {}", metric.kind.name()));
        } else {
            let name = line.split(['{', ' ']).next().expect("a name");
            let base = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            assert!(name == current || base == Some(current), "{line}");
            line.rsplit(' ').next().expect("a value").parse::<f64>().expect("a number");
        }
    }
}

#[test]
fn gauges_are_read_when_the_text_is_asked_for() {
    let shop = Shop::new("baskets");
    let basket = || BasketLeft { customer: "Ada".to_owned() };
    let fails = BASKET_LEFT.connect("never", |_, context| {
        if context.from_event_bus() { Err(openedx_events::Permanent::new("never").into()) } else { Ok(()) }
    });
    shop.publish(&BASKET_LEFT, [basket(), basket()]);
    shop.consume(2);
    // Nobody consumes: there is no group of this program.
    assert!(!metrics::text().contains(r#"openedx_events_lag{topic="baskets""#));

    let running = shop.start();
    let text = metrics::text();
    assert_eq!(value(&text, r#"openedx_events_lag{topic="baskets",group="shop"}"#), "0");
    assert_eq!(value(&text, r#"openedx_events_pending{topic="baskets",group="shop"}"#), "0");
    assert_eq!(value(&text, r#"openedx_events_oldest_seconds{topic="baskets",group="shop"}"#), "0");
    assert_eq!(value(&text, r#"openedx_events_dead_letters{topic="baskets"}"#), "2");
    running.stop(DEADLINE).expect("stopped");

    drop(fails);
    shop.faulty.set_down(true);
    let producer = shop.producer(&BASKET_LEFT);
    BASKET_LEFT.event(basket()).send().into_result().expect("queued");
    wait_until("it is known that the bus is down", || !producer.is_ready());
    let text = metrics::text();
    assert_eq!(value(&text, r#"openedx_events_queue_messages{topic="baskets"}"#), "1");
    assert_eq!(value(&text, r#"openedx_events_spilled_messages{topic="baskets"}"#), "0");
    assert_eq!(value(&text, "openedx_events_ready"), "0");
    shop.faulty.set_down(false);
    producer.shutdown(DEADLINE).expect("published");
}

#[test]
fn events_that_reach_nobody_are_counted() {
    metrics::install();
    let shop = Shop::new("prices");
    shop.publish(&PRICE_CHANGED, [PriceChanged { customer: "Ada".to_owned() }]);
    PRICE_CHANGED.disable();
    shop.consume(1);
    PRICE_CHANGED.enable();
    let text = metrics::text();
    assert_eq!(value(&text, r#"openedx_events_suppressed_total{reason="disabled"}"#), "1");
}
