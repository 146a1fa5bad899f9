#![no_main]

use openedx_events::keys::UsageKey;

libfuzzer_sys::fuzz_target!(|data: &[u8]| openedx_events_fuzz::key::<UsageKey>(data));
