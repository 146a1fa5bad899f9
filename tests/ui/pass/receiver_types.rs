#![deny(warnings)]

use std::sync::Arc;

use openedx_events::{AnySignal, EventsMetadata, receiver, signal};

/// Records of the user may have the names of ours.
mod own {
    use openedx_events::EventData;

    #[derive(Debug, EventData)]
    pub struct Context {
        pub number: i64,
    }

    #[derive(Debug, EventData)]
    pub struct Signal {
        pub number: i64,
    }

    #[derive(Debug, EventData)]
    pub struct EventsMetadata {
        pub number: i64,
    }
}

#[signal("org.example.shop.order.placed.v1")]
pub struct OrderPlaced {
    pub number: i64,
    pub text: String,
    pub discount: Option<i64>,
    pub bytes: Vec<u8>,
    pub names: Option<Vec<String>>,
    pub context: own::Context,
    pub light: own::Signal,
    pub meta: own::EventsMetadata,
}

type Number = i64;
type Discount = Option<i64>;
type Text<'a> = &'a str;
type Bytes<'a> = &'a [u8];
type Whole<'a> = &'a OrderPlaced;
type Metadata<'a> = &'a EventsMetadata;
type Outcome = Result<(), String>;

#[receiver(ORDER_PLACED)]
fn named_as_ours(context: &own::Context, light: &own::Signal, meta: &own::EventsMetadata) {
    let _ = (context, light, meta);
}

#[receiver(ORDER_PLACED)]
fn aliases(
    number: Number,
    discount: Discount,
    text: Text<'_>,
    bytes: Bytes<'_>,
    event: Whole<'_>,
    metadata: Metadata<'_>,
) -> Outcome {
    let _ = (number, discount, text, bytes, event, metadata);
    Ok(())
}

#[receiver(ORDER_PLACED)]
async fn aliases_async<'a>(
    text: Text<'a>,
    names: Option<&'a [String]>,
    event: Whole<'_>,
    metadata: Metadata<'a>,
) -> Outcome {
    let _ = (text, names, event, metadata);
    Ok(())
}

#[receiver(ORDER_PLACED)]
fn trait_objects(
    context: &dyn std::fmt::Debug,
    event: &dyn std::fmt::Debug,
    signal: &'static dyn AnySignal,
    #[state] store: &Arc<dyn Store>,
) {
    let _ = (context, event, signal, store);
}

pub trait Store: Send + Sync {}

pub struct Memory;

impl Store for Memory {}

#[receiver(ORDER_PLACED)]
fn never(number: i64) -> ! {
    panic!("no order {number}")
}

#[receiver(ORDER_PLACED)]
async fn never_async() -> ! {
    panic!("no order")
}

#[receiver(ORDER_PLACED)]
fn panics() {
    panic!("no order")
}

#[receiver(ORDER_PLACED)]
async fn goes_on() {
    loop {
        std::future::pending::<()>().await;
    }
}

#[receiver(ORDER_PLACED)]
fn has_items(number: i64) {
    struct Row(i64);

    impl Row {
        fn new(number: i64) -> Self {
            Self(number)
        }
    }

    let _ = Row::new(number).0;
}

#[receiver(ORDER_PLACED, CACHE_CLEARED, dedup)]
fn one_of_both_is_for_the_bus() {}

#[signal("org.example.shop.cache.cleared.v1", in_process = "each process has a cache of its own")]
pub struct CacheCleared {
    pub name: String,
}

fn main() {
    let store: Arc<dyn Store> = Arc::new(Memory);
    openedx_events::provide(store).unwrap();
    assert!(CACHE_CLEARED.send_event("prices".to_owned()).is_ok());
}
