//! A crate that lets nothing pass: what the macros write is looked at as if it were written by hand.

#![forbid(unsafe_code)]
#![deny(
    warnings,
    future_incompatible,
    keyword_idents,
    let_underscore,
    missing_debug_implementations,
    missing_docs,
    nonstandard_style,
    refining_impl_trait,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unnameable_types,
    unreachable_pub,
    unused,
    unused_extern_crates,
    unused_import_braces,
    unused_lifetimes,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    clippy::all,
    clippy::nursery,
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    clippy::as_conversions,
    clippy::default_trait_access,
    clippy::exhaustive_enums,
    clippy::exhaustive_structs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::let_underscore_must_use,
    clippy::let_underscore_untyped,
    clippy::min_ident_chars,
    clippy::missing_inline_in_public_items,
    clippy::missing_trait_methods,
    clippy::panic,
    clippy::pattern_type_mismatch,
    clippy::pub_use,
    clippy::same_name_method,
    clippy::shadow_reuse,
    clippy::shadow_same,
    clippy::shadow_unrelated,
    clippy::single_call_fn,
    clippy::std_instead_of_core,
    clippy::str_to_string,
    clippy::unreachable,
    clippy::unwrap_used,
    clippy::used_underscore_binding,
    clippy::used_underscore_items,
    clippy::wildcard_enum_match_arm
)]
#![expect(clippy::single_call_fn, reason = "receivers are called by what is generated alone")]
#![expect(clippy::missing_inline_in_public_items, reason = "of no use here")]

use core::fmt;
use core::ops::ControlFlow;
use core::sync::atomic::{AtomicI64, Ordering};

use openedx_events::filters::StepError;
use openedx_events::{
    AnyEvent, AnySignal, EventData, EventsMetadata, Signal, filter, pipeline_step, receiver, signal,
};

static SEEN: AtomicI64 = AtomicI64::new(0);

fn add(number: i64) {
    let _before = SEEN.fetch_add(number, Ordering::Relaxed);
}

/// An order.
#[derive(Clone, PartialEq, Eq, EventData)]
#[event_data(serde)]
#[non_exhaustive]
pub struct Order {
    /// The number.
    pub number: i64,
    /// Where it goes.
    #[event_data(pii)]
    pub address: String,
    /// How it is paid.
    #[event_data(default)]
    pub payment: Payment,
    /// Notes.
    #[event_data(default = vec!["none".to_owned()])]
    pub notes: Vec<String>,
    /// When it is wanted.
    pub wanted: Option<i64>,
}

/// How an order is paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, EventData)]
#[non_exhaustive]
pub enum Payment {
    /// By card.
    #[default]
    Card,
    /// In cash.
    #[event_data(rename = "in cash")]
    Cash,
}

/// Sent when an order is placed.
#[signal("org.example.strict.order.placed.v1", key = order.number, minor_version = 1, warning = "strict")]
#[non_exhaustive]
pub struct OrderPlaced {
    /// The order.
    pub order: Order,
}

/// Sent when an order is closed.
#[signal("org.example.strict.order.closed.v1")]
#[non_exhaustive]
pub struct OrderClosed {
    /// The order.
    pub order: Order,
    /// Why.
    pub reason: Option<String>,
    /// The price.
    pub price: f64,
    /// Tags.
    pub tags: Vec<String>,
}

/// A state.
#[derive(Debug)]
#[non_exhaustive]
pub struct Pool;

#[receiver(ORDER_PLACED)]
#[expect(clippy::unnecessary_wraps, reason = "a receiver may fail")]
fn fields(order: &Order, #[state] _pool: &Pool) -> Result<(), fmt::Error> {
    add(order.number);
    Ok(())
}

#[receiver(ORDER_PLACED, priority = 1, max_attempts = 100000, initial_backoff = "1m", timeout = "36h", dedup)]
fn everything(
    event: &OrderPlaced,
    metadata: &EventsMetadata,
    signal: &Signal<OrderPlaced>,
    from_event_bus: bool,
) {
    if event.order.number == 1 && metadata.minorversion() == 1 && signal.is_enabled() && !from_event_bus {
        add(10);
    }
}

#[receiver(ORDER_CLOSED)]
fn values(price: f64, reason: Option<&str>, tags: &[String], order: &Order) {
    if price > 1.0 && reason.is_none() && tags.is_empty() {
        add(order.number);
    }
}

#[receiver(ORDER_CLOSED, ORDER_PLACED)]
async fn asynchronous(
    order: &Order,
    #[state] pool: &Pool,
    _metadata: &EventsMetadata,
) -> Result<(), fmt::Error> {
    let _both = core::future::ready((order, pool)).await;
    Ok(())
}

#[receiver(any)]
fn every(event: &dyn AnyEvent, signal: &dyn AnySignal) {
    if event.info().event_type == signal.event_type()
        && event.info().event_type.starts_with("org.example.strict")
    {
        add(1);
    }
}

/// Sends one event and gives what the receivers made of it.
#[must_use]
pub fn send() -> i64 {
    let order =
        Order { number: 1, address: String::new(), payment: Payment::Card, notes: Vec::new(), wanted: None };
    let _provided = openedx_events::provide(Pool);
    let responses = ORDER_PLACED.send_event(order);
    if responses.iter().next().is_none() {
        return 0;
    }
    SEEN.load(Ordering::Relaxed)
}

/// What halts a price.
#[derive(Debug)]
#[non_exhaustive]
pub enum PriceHalt {
    /// It is not for sale.
    NotForSale,
}

/// Run before a price is shown.
#[filter("org.example.strict.price.requested.v1", halts = PriceHalt)]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PriceRequested {
    /// In cents.
    pub cents: i64,
    /// Its currency.
    pub currency: String,
    /// A note.
    pub note: Option<String>,
    /// The lines of the order.
    lines: Vec<String>,
}

/// Run before a fee is shown.
#[filter("org.example.strict.fee.requested.v1", async)]
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct FeeRequested {
    /// In cents.
    pub cents: i64,
}

#[pipeline_step(PRICE_REQUESTED, priority = 100000, on_failure = "pass_over")]
fn reads(
    cents: i64,
    currency: &str,
    note: Option<&str>,
    lines: &[String],
    #[state] _pool: &Pool,
) -> Result<ControlFlow<()>, PriceHalt> {
    if cents > 100 && currency == "EUR" && note.is_none() && lines.is_empty() {
        return Err(PriceHalt::NotForSale);
    }
    Ok(ControlFlow::Continue(()))
}

#[pipeline_step(PRICE_REQUESTED)]
fn changes(cents: &mut i64, note: &mut Option<String>) -> Result<(), StepError<PriceRequested>> {
    let added: i64 = "10".parse()?;
    *cents += added;
    *note = None;
    Ok(())
}

#[pipeline_step(FEE_REQUESTED)]
async fn awaited(cents: &mut i64, #[state] _pool: &Pool) {
    *cents += core::future::ready(1).await;
}

/// Runs a filter and gives what its steps made of it.
#[must_use]
pub fn run() -> i64 {
    let _provided = openedx_events::provide(Pool);
    let price = PriceRequested { cents: 1, currency: String::new(), note: None, lines: Vec::new() };
    PRICE_REQUESTED.run_filter(price).map_or(0, |result| result.cents)
}
