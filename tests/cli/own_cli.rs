//! A program of somebody's own, with events and receivers of its own and the commands of openedx-events.

use std::fmt;
use std::future::poll_fn;
use std::process::ExitCode;
use std::task::Poll;

use openedx_events::{EventData, EventsMetadata, receiver, signal};

/// How an order is paid.
#[derive(Clone, PartialEq, Debug, EventData)]
pub enum Payment {
    /// By card.
    #[event_data(rename = "card")]
    Card,
    /// On account.
    #[event_data(rename = "account")]
    Account,
}

/// A part of an order, which may have parts itself.
#[derive(Clone, PartialEq, Debug, EventData)]
pub struct Item {
    /// What is ordered.
    pub name: String,
    /// How many.
    #[event_data(default = 1)]
    pub count: i64,
    /// What belongs to it.
    #[event_data(default)]
    pub parts: Vec<Item>,
}

/// Who orders.
#[derive(Clone, PartialEq, EventData)]
#[event_data(pii)]
pub struct Customer {
    /// Where mail reaches them.
    pub email: String,
    /// Their other addresses, by what they are for.
    #[event_data(default)]
    pub addresses: std::collections::BTreeMap<String, String>,
}

/// An order was placed.
///
/// It is not paid yet, and a warehouse that ships before it is has only itself to blame; this sentence goes on until it
/// is too long for one line.
#[signal("org.example.shop.order.placed.v1", key = number, minor_version = 3)]
#[derive(Clone)]
pub struct OrderPlaced {
    /// The number of the order.
    pub number: i64,
    /// How it is paid, if that is settled.
    pub payment: Option<Payment>,
    /// What is ordered.
    pub item: Item,
    /// Who ordered.
    pub customer: Customer,
}

/// An order was given up.
#[signal("org.example.shop.order.cancelled.v1")]
pub struct OrderCancelled {
    /// The number of the order.
    pub number: i64,
}

#[derive(Debug)]
struct OutOfStock(i64);

impl fmt::Display for OutOfStock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "order {} cannot be met:\nout of stock", self.0)
    }
}

impl std::error::Error for OutOfStock {}

#[receiver(ORDER_PLACED, priority = 10)]
fn reserve(number: i64, metadata: &EventsMetadata) -> Result<(), OutOfStock> {
    assert_eq!(metadata.event_type(), "org.example.shop.order.placed.v1");
    if number < 0 { Err(OutOfStock(number)) } else { Ok(()) }
}

#[receiver(
    ORDER_PLACED,
    max_attempts = 8,
    initial_backoff = "90s",
    max_backoff = "60m",
    timeout = "1500ms",
    dedup
)]
async fn bill(number: i64) -> Result<(), String> {
    let mut waited = false;
    poll_fn(|context| {
        if waited {
            return Poll::Ready(());
        }
        waited = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
    assert!(number != 13, "no billing of order 13");
    Ok(())
}

fn main() -> ExitCode {
    openedx_events::cli::main()
}
