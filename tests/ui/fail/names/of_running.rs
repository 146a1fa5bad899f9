//! Method names of other libraries for running the steps of a filter, and those of a signal.

use openedx_events::filter;

/// Is run.
#[filter("org.example.ui.price.requested.v1")]
#[derive(Clone)]
pub struct PriceRequested {
    pub cents: i64,
}

fn main() {
    let _ = PRICE_REQUESTED.run(PriceRequested { cents: 1 });
    let price = PRICE_REQUESTED.apply(PriceRequested { cents: 1 }).unwrap();
    assert_eq!(price.cents, 1);
    let _ = PRICE_REQUESTED.apply_filters(PriceRequested { cents: 1 });
    let _ = PRICE_REQUESTED.run_pipeline(PriceRequested { cents: 1 });
    let _ = PRICE_REQUESTED.call(PriceRequested { cents: 1 });
    let _ = PRICE_REQUESTED.send_event(PriceRequested { cents: 1 });
}

async fn wait() {
    let price = PRICE_REQUESTED.run_async(PriceRequested { cents: 1 }).await.unwrap();
    assert_eq!(price.cents, 1);
    let _ = PRICE_REQUESTED.run_pipeline_async(PriceRequested { cents: 1 }).await;
    let _ = PRICE_REQUESTED.send_event_async(PriceRequested { cents: 1 }).await;
}
