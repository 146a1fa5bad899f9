//! Sends when it is loaded.

use std::sync::atomic::{AtomicI64, Ordering};

use ctor::ctor;

#[ctor(unsafe)]
fn loaded() {
    static NUMBER: AtomicI64 = AtomicI64::new(1);
    plugins_host::send(NUMBER.fetch_add(1, Ordering::Relaxed));
}
