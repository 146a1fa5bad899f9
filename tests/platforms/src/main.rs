//! Receivers register themselves and run, whatever the program is built for: see `../run.sh`.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use openedx_events::{BoxError, EventsMetadata, receiver, signal};

#[cfg(feature = "bus")]
mod bus;
mod runtime;

/// A kettle boiled.
#[signal("org.example.house.kettle.boiled.v1")]
pub struct KettleBoiled {
    /// How much water was in it.
    pub litres: i64,
}

static HEARD: AtomicI64 = AtomicI64::new(0);
static AWAITED: AtomicI64 = AtomicI64::new(0);

#[receiver(KETTLE_BOILED)]
fn hear(litres: i64, metadata: &EventsMetadata) -> Result<(), BoxError> {
    let age = EventsMetadata::new("org.example.house.kettle.boiled.v1").time() - metadata.time();
    if age.num_seconds() > 60 || metadata.time().timestamp() < 1_700_000_000 {
        return Err(format!("the clock is wrong: {}", metadata.time()).into());
    }
    HEARD.fetch_add(litres, Ordering::Relaxed);
    Ok(())
}

#[receiver(KETTLE_BOILED)]
async fn await_it(litres: i64) {
    runtime::sleep(Duration::from_millis(1)).await;
    AWAITED.fetch_add(litres, Ordering::Relaxed);
}

fn main() -> Result<(), BoxError> {
    openedx_events::check()?;
    let responses = runtime::block_on(KETTLE_BOILED.send_event_async(2)).into_result()?;
    assert_eq!(responses.len(), 2, "{responses}");
    assert_eq!((HEARD.load(Ordering::Relaxed), AWAITED.load(Ordering::Relaxed)), (2, 2));
    println!("{responses}");
    #[cfg(feature = "bus")]
    bus::consume()?;
    Ok(())
}
