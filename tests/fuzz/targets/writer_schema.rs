#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| openedx_events_fuzz::writer_schema::writer_schema(data));
