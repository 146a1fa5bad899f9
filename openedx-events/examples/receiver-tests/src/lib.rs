//! Tests of receivers: `cargo test -p example-receiver-tests`
//!
//! Each test has a scope of its own, in which the signals that it names reach their receivers. Other tests do not see it.

use std::sync::Arc;

use openedx_events::{BoxError, receiver, signal};
use tokio::sync::Mutex;

/// Sent when an order was placed.
#[signal("org.example.shop.order.placed.v1", key = number)]
pub struct OrderPlaced {
    /// The number of the order.
    pub number: i64,
    /// The price of all items, in cents.
    pub cents: i64,
}

/// Sent when an invoice is due.
#[signal("org.example.shop.invoice.requested.v1", key = number)]
pub struct InvoiceRequested {
    /// The number of the order.
    pub number: i64,
}

/// The sum of all orders. A service provides it at start-up: `openedx_events::provide(Ledger::default())`.
#[derive(Clone, Debug, Default)]
pub struct Ledger(Arc<Mutex<i64>>);

#[receiver(ORDER_PLACED)]
fn request_invoice(number: i64, cents: i64) -> Result<(), BoxError> {
    match cents {
        ..0 => return Err("the price is negative".into()),
        0 => {}
        1.. => drop(INVOICE_REQUESTED.send_event(number)),
    }
    Ok(())
}

#[receiver(ORDER_PLACED)]
async fn add_to_ledger(cents: i64, #[state] ledger: &Ledger) {
    *ledger.0.lock().await += cents;
}

#[cfg(test)]
mod tests {
    use openedx_events::testing::{self, Scope};

    use super::*;

    /// A scope with one receiver. `isolate` alone lets all receivers of the signals run.
    fn only_request_invoice() -> Scope {
        let receiver = testing::receiver_path(&request_invoice);
        testing::isolation().signals([&ORDER_PLACED]).receivers([receiver]).start()
    }

    #[test]
    fn an_order_is_followed_by_an_invoice() {
        let scope = only_request_invoice();

        ORDER_PLACED.send_event(OrderPlaced { number: 7, cents: 950 });

        // Recorded, though `INVOICE_REQUESTED` reaches nobody in this scope.
        scope.assert_sent::<InvoiceRequested>(|invoice| invoice.number == 7);
    }

    #[test]
    fn a_gift_is_followed_by_none() {
        let scope = only_request_invoice();

        ORDER_PLACED.send_event(OrderPlaced { number: 8, cents: 0 });

        scope.assert_not_sent::<InvoiceRequested>();
    }

    #[test]
    fn a_negative_price_is_refused() {
        let scope = only_request_invoice();

        let responses = ORDER_PLACED.send_event(OrderPlaced { number: 9, cents: -1 });

        assert!(!responses.is_ok());
        // A receiver that fails fails the test, unless the test takes its error.
        assert!(scope.take_errors()[0].contains("price is negative"));
    }

    #[tokio::test]
    async fn orders_are_added_to_the_ledger() {
        let scope = testing::isolate([&ORDER_PLACED]);
        let ledger = Ledger::default();
        scope.provide(ledger.clone()).unwrap();

        ORDER_PLACED.send_event(OrderPlaced { number: 7, cents: 950 });
        ORDER_PLACED.send_event(OrderPlaced { number: 8, cents: 50 });

        scope.drain().await; // Waits for the async receivers.
        assert_eq!(*ledger.0.lock().await, 1000);
    }
}
