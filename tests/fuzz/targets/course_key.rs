#![no_main]

use openedx_events::keys::CourseKey;

libfuzzer_sys::fuzz_target!(|data: &[u8]| openedx_events_fuzz::key::<CourseKey>(data));
