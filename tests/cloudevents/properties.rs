//! Any event there and back, and any text without harm.

use std::collections::BTreeMap;

use chrono::DateTime;
use openedx_events::cloudevents::{from_json, from_json_as, to_json};
use openedx_events::{EventsMetadata, PersonalData};
use proptest::prelude::*;

use crate::events::{MOVED_IN_TYPE, MovedIn, Resident, moved_in};

fn events() -> impl Strategy<Value = MovedIn> {
    let notes =
        prop::collection::btree_map(any::<String>(), prop::collection::vec(any::<String>(), 0..3), 0..3);
    let resident = (any::<String>(), notes, any::<i64>())
        .prop_map(|(name, notes, floor): (String, BTreeMap<_, _>, i64)| Resident { name, notes, floor });
    let rent = any::<f64>().prop_filter("JSON has no other", |rent| rent.is_finite());
    (resident, rent, any::<Option<String>>()).prop_map(|(resident, rent, flat)| MovedIn {
        resident,
        rent,
        flat,
    })
}

fn metadata() -> impl Strategy<Value = EventsMetadata> {
    let micros = -62_135_596_800_000_000..253_402_300_800_000_000_i64;
    (
        any::<u128>(),
        0..=i32::MAX.cast_unsigned(),
        ".+",
        any::<String>(),
        micros,
        prop::collection::vec(any::<u32>(), 0..4),
    )
        .prop_map(|(id, minorversion, source, sourcehost, micros, sourcelib)| {
            EventsMetadata::new(MOVED_IN_TYPE)
                .with_id(uuid::Uuid::from_u128(id))
                .with_minorversion(minorversion)
                .expect("up to 31 bits")
                .with_source(source)
                .with_sourcehost(sourcehost)
                .with_time(DateTime::from_timestamp_micros(micros).expect("a time"))
                .expect("a year from 1 to 9999")
                .with_sourcelib(sourcelib)
        })
}

proptest! {
    #[test]
    fn there_and_back(event in events(), metadata in metadata()) {
        let text = to_json(&event, &metadata, PersonalData::Keep).expect("a text");
        prop_assert!(!text.contains('\n'));
        let read = from_json_as::<MovedIn>(&text).expect("an event");
        prop_assert!(read == (event, metadata));
    }

    /// A text with a few bytes changed is refused or read, but nothing else happens.
    #[test]
    fn damage_does_no_harm(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4)) {
        let mut bytes = moved_in().to_string().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let text = String::from_utf8_lossy(&bytes);
        if let Err(error) = from_json(&text) {
            prop_assert!(!error.reason().is_empty());
        }
    }

    #[test]
    fn any_text_does_no_harm(text in any::<String>()) {
        prop_assert!(from_json(&text).is_err());
    }
}
