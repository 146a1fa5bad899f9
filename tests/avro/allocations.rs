//! How often writing and reading events allocates.

use openedx_events::data::FieldType;
use openedx_events::{AnyEvent, all_events, get_signal_by_type};
use openedx_events_tests::conformance::vectors;
use openedx_events_tests::random::{Random, seed};
use serde_json::Value;

#[test]
fn writing_allocates_once_into_a_new_buffer_and_never_into_one_with_room() {
    let mut random = Random::new(seed("AVRO_SEED"));
    for signal in all_events().iter().filter(|signal| signal.info().module.starts_with("openedx_events::")) {
        for _ in 0..if signal.schema().is_ok() { 20 } else { 0 } {
            let record = random.record(signal.record()).to_string();
            let event = signal.read_json(&record).expect("a record");
            let (mut bytes, place) = (Vec::new(), format!("{} {record}", signal.event_type()));
            assert_eq!(allocations(|| encode(event.as_ref(), &mut bytes)), 1, "{place}");
            bytes.clear();
            assert_eq!(allocations(|| encode(event.as_ref(), &mut bytes)), 0, "{place}");
        }
    }
}

fn encode(event: &dyn AnyEvent, out: &mut Vec<u8>) {
    event.encode(out).expect("it has a form");
}

fn allocations(run: impl FnOnce()) -> u64 {
    allocation_counter::measure(run).count_total
}

/// Each text that is not empty, each key, list and map, and the box of the event.
#[test]
fn reading_allocates_for_texts_lists_and_maps() {
    let mut compared = 0;
    for recorded in vectors().iter().filter(|recorded| recorded.case.contains("typical")) {
        let signal = get_signal_by_type(&recorded.event_type).expect("declared");
        let fields = signal.record().fields.iter();
        let needed: u64 = fields.map(|field| allocated(field.field_type, &recorded.record[field.name])).sum();
        let mut event = None;
        let taken = allocations(|| event = Some(signal.decode(&recorded.bytes).expect("a recorded message")));
        assert_eq!(taken, needed + 1, "{} {}", recorded.event_type, recorded.record);
        compared += 1;
    }
    assert_eq!(compared, 73);
}

fn allocated(field_type: FieldType, value: &Value) -> u64 {
    match (field_type, value) {
        (FieldType::Optional(inner), value) if !value.is_null() => allocated(*inner, value),
        (FieldType::Record(record), value) => {
            record().fields.iter().map(|field| allocated(field.field_type, &value[field.name])).sum()
        }
        (FieldType::List(inner), Value::Array(items)) if !items.is_empty() => {
            1 + items.iter().map(|item| allocated(*inner, item)).sum::<u64>()
        }
        (FieldType::Map(inner), Value::Object(entries)) if !entries.is_empty() => {
            let entry =
                |(key, value): (&String, &Value)| u64::from(!key.is_empty()) + allocated(*inner, value);
            1 + entries.iter().map(entry).sum::<u64>()
        }
        (FieldType::String | FieldType::Key(_), Value::String(text)) => u64::from(!text.is_empty()),
        _ => 0,
    }
}
