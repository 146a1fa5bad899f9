//! How much memory decoding takes: at most 64 times that of the bytes, whatever they are.

use std::cell::Cell;

use openedx_events::data::{FieldType, Record};
use openedx_events::{AnySignal, all_events, get_signal_by_type};
use openedx_events_tests::conformance::{bytes, data, list};

/// What decoding may take for each byte.
const TIMES: u64 = 64;
/// What it may take however short the bytes are: an error with its text.
const ANYWAY: u64 = 1024;

#[track_caller]
fn decode_within_limits(what: &str, signal: &dyn AnySignal, message: &[u8]) -> bool {
    let decoded = Cell::new(false);
    let taken = allocation_counter::measure(|| decoded.set(signal.decode(message).is_ok()));
    let limit = TIMES * message.len() as u64 + ANYWAY;
    assert!(
        taken.bytes_max <= limit,
        "{} {what}: {} bytes of memory for a message of {}: {} times",
        signal.event_type(),
        taken.bytes_max,
        message.len(),
        taken.bytes_max / message.len().max(1) as u64
    );
    decoded.get()
}

#[test]
fn damaged_messages_take_little_memory() {
    for (event_type, cases) in data("bad_bytes.json").as_object().expect("an object") {
        let signal = get_signal_by_type(event_type).expect("declared");
        for case in list(cases) {
            decode_within_limits(&case["what"].to_string(), signal, &bytes(&case["avro_hex"]));
        }
    }
}

/// Messages that are all lists and maps, with as little as possible in each of their many items.
#[test]
fn many_small_items_take_little_memory() {
    let mut read = 0;
    for signal in shipped() {
        for inner in [0, 1, 2, 5] {
            for blocks in [Blocks::One, Blocks::OneForEachItem] {
                let message = Message { items: vec![5000, inner, inner], blocks }.record(signal.record(), 0);
                let what = format!("{inner} in each item, {blocks:?}");
                assert!(decode_within_limits(&what, signal, &message), "{what}: {}", signal.event_type());
                read += 1;
            }
        }
    }
    assert_eq!(read, 73 * 8);
}

/// Messages that say of every list and map that it has as many items as there is room for, and end.
#[test]
fn counts_that_are_not_kept_take_little_memory() {
    for signal in shipped() {
        let whole = Message { items: vec![1000, 2, 2], blocks: Blocks::One }.record(signal.record(), 0);
        for at in 0..whole.len().min(400) {
            for count in [i64::MAX, i64::MIN, 1 << 40, signed(whole.len()), signed(whole.len() - at) / 2 - 8]
            {
                let mut message = whole[..at].to_vec();
                long(count, &mut message);
                message.extend_from_slice(&whole[at..]);
                decode_within_limits(&format!("{count} at {at}"), signal, &message);
            }
        }
    }
}

fn shipped() -> impl Iterator<Item = &'static dyn AnySignal> {
    all_events()
        .iter()
        .copied()
        .filter(|signal| signal.info().module.starts_with("openedx_events::") && signal.schema().is_ok())
}

#[derive(Clone, Copy, Debug)]
enum Blocks {
    One,
    OneForEachItem,
}

/// A way to fill every field.
struct Message {
    /// How many items a list or map has, by how deep it stands in others.
    items: Vec<usize>,
    blocks: Blocks,
}

impl Message {
    fn record(&self, record: &Record, depth: usize) -> Vec<u8> {
        record.fields.iter().flat_map(|field| self.value(field.field_type, depth)).collect()
    }

    fn value(&self, field_type: FieldType, depth: usize) -> Vec<u8> {
        match field_type {
            FieldType::Record(record) => self.record(record(), depth),
            FieldType::Optional(inner) => match inner {
                FieldType::List(_) | FieldType::Map(_) => [vec![2], self.value(*inner, depth)].concat(),
                _ => vec![0],
            },
            FieldType::List(inner) => self.items(depth, |_| self.value(*inner, depth + 1)),
            FieldType::Map(inner) => self.items(depth, |index| {
                let key = if index == 0 { String::new() } else { format!("{index:x}") };
                [text(&key), self.value(*inner, depth + 1)].concat()
            }),
            FieldType::Boolean | FieldType::Long => vec![0],
            FieldType::Double => vec![0; 8],
            FieldType::Uuid => text("00000000000000000000000000000000"),
            FieldType::DateTime => text("20240102"),
            FieldType::Key(class) => text(shortest_key(class)),
            FieldType::String | FieldType::Bytes => text(""),
            other => panic!("no message with {other}"),
        }
    }

    fn items(&self, depth: usize, item: impl Fn(usize) -> Vec<u8>) -> Vec<u8> {
        let count = self.items[depth.min(self.items.len() - 1)];
        let mut out = Vec::new();
        for index in 0..count {
            match self.blocks {
                Blocks::One if index > 0 => {}
                Blocks::One => long(signed(count), &mut out),
                Blocks::OneForEachItem => out.push(2),
            }
            out.extend(item(index));
        }
        out.push(0);
        out
    }
}

fn shortest_key(class: &str) -> &'static str {
    match class {
        "CourseKey" => "a/b/",
        "UsageKey" => "i4x://a/b/c/d",
        "CCXLocator" => "ccx-v1:a+b+c+ccx@1",
        "LibraryLocatorV2" => "lib:a:b",
        "LibraryUsageLocatorV2" => "lb:a:b:c:d",
        "LibraryCollectionLocator" => "lib-collection:a:b:c",
        "LibraryContainerLocator" => "lct:a:b:c:d",
        other => panic!("no key of the class {other}"),
    }
}

fn text(text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    long(signed(text.len()), &mut out);
    out.extend_from_slice(text.as_bytes());
    out
}

fn signed(len: usize) -> i64 {
    i64::try_from(len).expect("no message is as long")
}

fn long(value: i64, out: &mut Vec<u8>) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    loop {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}
