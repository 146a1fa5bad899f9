#![no_main]

use openedx_events::keys::LibraryUsageLocatorV2;

libfuzzer_sys::fuzz_target!(|data: &[u8]| openedx_events_fuzz::key::<LibraryUsageLocatorV2>(data));
