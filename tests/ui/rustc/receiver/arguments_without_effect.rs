use openedx_events::{receiver, signal};

#[signal("org.example.shop.cache.cleared.v1", in_process = "each process has a cache of its own")]
pub struct CacheCleared {
    pub name: String,
}

#[signal("org.example.shop.cache.filled.v1", in_process = "each process has a cache of its own")]
pub struct CacheFilled {
    pub name: String,
}

#[receiver(CACHE_CLEARED, dedup)]
fn one() {}

#[receiver(CACHE_CLEARED, priority = 1, max_attempts = 3, initial_backoff = "1s", timeout = "10s")]
async fn several() {}

#[receiver(CACHE_CLEARED, CACHE_FILLED, outage_limit = "2h")]
fn of_two_signals() {}

fn main() {}
