//! How much memory decoding takes, whatever the bytes are: for the events of the catalog at most 64 times as much, for any
//! type 128 times as much and 16 MiB.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};

use openedx_events::data::{FieldType, Map, Record};
use openedx_events::{AnySignal, EventData, all_events, avro, get_signal_by_type};
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
            for blocks in [Blocks::One, Blocks::OneForEachItem, Blocks::AllButTheLast] {
                let message = Message { items: vec![5000, inner, inner], blocks }.record(signal.record(), 0);
                let what = format!("{inner} in each item, {blocks:?}");
                assert!(decode_within_limits(&what, signal, &message), "{what}: {}", signal.event_type());
                read += 1;
            }
        }
    }
    assert_eq!(read, 73 * 12);
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

/// A text for each of many questions.
#[derive(Clone, Debug, PartialEq, EventData)]
struct FormData {
    a: String,
    b: String,
    c: String,
    d: String,
    e: String,
    f: String,
    g: String,
    h: String,
    i: String,
    j: String,
    k: String,
    l: String,
    m: String,
    n: String,
    o: String,
    p: String,
}

/// Lists and maps that take much more memory than bytes where their items are empty.
#[derive(Clone, Debug, PartialEq, EventData)]
struct LargeItemsData {
    optional: Vec<Option<FormData>>,
    optional_lists: Vec<Vec<Option<FormData>>>,
    forms: Vec<FormData>,
    by_name: Map<String, Option<FormData>>,
    tree: BTreeMap<String, Option<FormData>>,
    table: HashMap<String, Option<FormData>>,
    trees: Vec<BTreeMap<String, i64>>,
    tables: Vec<HashMap<String, i64>>,
    texts: Vec<String>,
}

/// What a list or map of any type takes for each byte of the input, and once.
const TIMES_OF_ANY: u64 = 128;
const ONCE_OF_ANY: u64 = 16 << 20;

/// Returns whether it could be read.
fn decode_any(what: &str, message: &[u8]) -> Result<(), String> {
    let decoded = RefCell::new(Ok(()));
    let taken = allocation_counter::measure(|| {
        *decoded.borrow_mut() =
            avro::decode::<LargeItemsData>(message).map(drop).map_err(|error| error.to_string());
    });
    let limit = TIMES_OF_ANY * message.len() as u64 + ONCE_OF_ANY + ANYWAY;
    assert!(
        taken.bytes_max <= limit,
        "{what}: {} bytes of memory for {} bytes, at most {limit}: {} times",
        taken.bytes_max,
        message.len(),
        taken.bytes_max / message.len() as u64,
    );
    decoded.into_inner()
}

/// The record in which the field at this place has these bytes, and the others are empty.
fn with_field(place: usize, field: &[u8]) -> Vec<u8> {
    let mut message = vec![0; place];
    message.extend_from_slice(field);
    message.extend(std::iter::repeat_n(0, LargeItemsData::RECORD.fields.len() - 1 - place));
    message
}

/// Writes the item with this index.
type Item = Box<dyn Fn(usize) -> Vec<u8>>;

/// Each with as many items as there are bytes, in blocks of one, two or all items, and in a block that is followed by one more.
#[test]
fn lists_and_maps_of_any_type_take_little_memory() {
    let keyed = |value: Vec<u8>| move |index: usize| [text(&format!("{index:x}")), value.clone()].concat();
    let plain = |value: Vec<u8>| move |_: usize| value.clone();
    let one_of = |item: Vec<u8>| [vec![2], item, vec![0]].concat();
    let fields: [(usize, Item); 11] = [
        (0, Box::new(plain(vec![0]))),
        (1, Box::new(plain(one_of(vec![0])))),
        (1, Box::new(plain([vec![20], vec![0; 10], vec![0]].concat()))),
        (2, Box::new(plain(vec![0; 16]))),
        (3, Box::new(keyed(vec![0]))),
        (4, Box::new(keyed(vec![0]))),
        (5, Box::new(keyed(vec![0]))),
        (6, Box::new(plain(one_of(vec![0, 0])))),
        (7, Box::new(plain(one_of(vec![0, 0])))),
        (8, Box::new(plain(vec![0]))),
        (8, Box::new(plain(vec![2, b'a']))),
    ];
    let mut read = 0;
    for (place, item) in &fields {
        for count in [1, 3, 1000, 120_000] {
            for block in [1, count.max(2) - 1, count] {
                let mut field = Vec::new();
                let mut index = 0;
                while index < count {
                    let here = block.min(count - index);
                    long(signed(here), &mut field);
                    (index..index + here).for_each(|index| field.extend(item(index)));
                    index += here;
                }
                field.push(0);
                let what = format!("{count} items in the field {place}, {block} in a block");
                match decode_any(&what, &with_field(*place, &field)) {
                    Ok(()) => read += 1,
                    Err(error) => {
                        assert!(count > 1000, "{what}: {error}");
                        assert!(error.contains("MiB of memory"), "{what}: {error}");
                    }
                }
            }
        }
    }
    assert!(read > 100, "{read} were read");
    // Whole records are read however many there are.
    let forms = [vec![2], [2, b'x'].repeat(16)].concat();
    let mut field = Vec::new();
    long(100_000, &mut field);
    field.extend(forms.repeat(100_000));
    field.push(0);
    assert_eq!(decode_any("whole records", &with_field(0, &field)), Ok(()));
}

/// The budget is one for the whole input, not for each list.
#[test]
fn many_lists_take_from_one_budget() {
    let mut inner = Vec::new();
    long(20_000, &mut inner);
    inner.extend(vec![0; 20_001]);
    let mut field = Vec::new();
    long(100, &mut field);
    field.extend(inner.repeat(100));
    field.push(0);
    let error = decode_any("a hundred lists of nothing", &with_field(1, &field)).expect_err("768 MB");
    assert!(error.starts_with("`optional_lists[18]`: "), "{error}");
    assert!(
        error.contains("MiB of memory, which is what 2000411 bytes may take: send fewer in one event"),
        "{error}"
    );
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
    /// All but the last item in one.
    AllButTheLast,
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
                Blocks::AllButTheLast if index == 0 && count > 1 => long(signed(count - 1), &mut out),
                Blocks::AllButTheLast if index + 1 == count => out.push(2),
                Blocks::AllButTheLast => {}
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
