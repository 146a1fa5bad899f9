//! Private events of private data, and those of a crate or a module alone.

#![deny(unreachable_pub, private_interfaces)]

mod shop {
    use std::sync::atomic::{AtomicI64, Ordering};

    use openedx_events::{EventData, receiver, signal};

    pub(super) static SEEN: AtomicI64 = AtomicI64::new(0);

    #[derive(Debug, EventData)]
    struct Line {
        number: i64,
    }

    #[signal("org.example.visibility.line.added.v1", key = line.number)]
    struct LineAdded {
        line: Line,
    }

    #[derive(Debug, EventData)]
    pub(super) struct Order {
        pub(super) number: i64,
    }

    #[signal("org.example.visibility.order.placed.v1")]
    pub(super) struct OrderPlaced {
        pub(super) order: Order,
    }

    #[signal("org.example.visibility.order.closed.v1")]
    pub(in crate::visibility) struct OrderClosed {
        pub(crate) number: i64,
    }

    #[receiver(LINE_ADDED)]
    fn private(line: &Line) {
        SEEN.fetch_add(line.number, Ordering::Relaxed);
    }

    #[receiver(ORDER_PLACED)]
    pub(crate) fn of_the_crate(order: &Order) {
        SEEN.fetch_add(order.number, Ordering::Relaxed);
    }

    pub(super) fn send() {
        LINE_ADDED.send_event(Line { number: 1 });
    }
}

#[test]
fn events_are_as_visible_as_they_say() {
    shop::send();
    shop::ORDER_PLACED.send_event(shop::OrderPlaced { order: shop::Order { number: 10 } });
    shop::ORDER_CLOSED.send_event(shop::OrderClosed { number: 100 });
    assert_eq!(shop::SEEN.load(std::sync::atomic::Ordering::Relaxed), 11);
}
