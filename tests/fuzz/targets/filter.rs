#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openedx_events_fuzz::filters::filter(data));
