#![no_main]

use openedx_events::keys::LibraryLocatorV2;

libfuzzer_sys::fuzz_target!(|data: &[u8]| openedx_events_fuzz::key::<LibraryLocatorV2>(data));
