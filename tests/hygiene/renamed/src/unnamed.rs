//! Without `crate = ev`: the compiler knows the name.

use std::sync::atomic::{AtomicI64, Ordering};

use ev::{EventData, filter, pipeline_step, receiver, signal};

static SEEN: AtomicI64 = AtomicI64::new(0);

#[derive(Clone, PartialEq, EventData)]
#[event_data(serde)]
pub struct Parcel {
    pub number: i64,
    #[event_data(pii)]
    pub address: String,
    #[event_data(default)]
    pub size: Size,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, EventData)]
pub enum Size {
    #[default]
    Small,
    Large,
}

#[signal("org.example.renamed.parcel.posted.v1", key = parcel.number)]
pub struct ParcelPosted {
    pub parcel: Parcel,
}

#[receiver(PARCEL_POSTED)]
fn count(parcel: &Parcel) {
    SEEN.fetch_add(parcel.number, Ordering::Relaxed);
}

#[receiver(any, max_attempts = 2)]
async fn every() {}

/// Sends one event and gives what the receiver made of it.
pub fn send() -> i64 {
    PARCEL_POSTED.send_event(Parcel { number: 3, address: String::new(), size: Size::Large });
    SEEN.load(Ordering::Relaxed)
}

#[filter("org.example.renamed.fee.requested.v1", async)]
#[derive(Clone)]
pub struct FeeRequested {
    pub cents: i64,
}

#[pipeline_step(FEE_REQUESTED)]
async fn add(cents: &mut i64) {
    *cents += 1;
}

/// The filter's declaration, as the program has it.
pub fn filter_name() -> &'static str {
    FEE_REQUESTED.info().filter_name
}
