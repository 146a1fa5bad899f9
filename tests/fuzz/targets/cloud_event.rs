#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openedx_events_fuzz::cloud_events::cloud_event(data));
