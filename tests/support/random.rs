//! Random records of any event, as JSON, from a seed.
//!
//! Values come in the one spelling that is written for them, so that what is read and written back is the same JSON:
//! datetimes as Python's `isoformat` has them, keys as `str(key)`, UUIDs in lower case, maps in key order, and
//! floats that are no number as `{"$float": "nan"}` and so on.
//!
//! A record does not distinguish a smaller integer or float, or a datetime in UTC alone, from the widest: fields of such
//! types get values that they cannot hold.

mod keys;
mod metadata;
mod text;

use std::env;

use fastrand::Rng;
use openedx_events::data::{FieldType, Record};
use serde_json::{Map, Value, json};

/// How deep records and lists may be in each other: beyond, what can be left out is.
const DEPTH: usize = 8;

/// What breaks encodings of numbers: the ends of ranges, and of the lengths that Avro writes numbers in.
const LONGS: [i64; 16] = [
    0,
    1,
    -1,
    63,
    64,
    -64,
    -65,
    8191,
    8192,
    i32::MAX as i64,
    i32::MIN as i64,
    u32::MAX as i64,
    // One more than a float can distinguish from its neighbour.
    (1 << 53) + 1,
    i64::MIN + 1,
    i64::MAX,
    i64::MIN,
];

const DOUBLES: [f64; 12] = [
    0.0,
    -0.0,
    1.0,
    -1.5,
    0.1,
    // Where Python and Rust begin to write exponents.
    1e16,
    1e-7,
    f64::EPSILON,
    f64::MIN_POSITIVE,
    // The least above zero, which is subnormal.
    5e-324,
    f64::MAX,
    f64::MIN,
];

/// A seed: that of the environment variable, in hex after `0x` or in decimals, otherwise a new one.
///
/// # Panics
///
/// The variable holds no number.
pub fn seed(variable: &str) -> u64 {
    let Ok(given) = env::var(variable) else { return fastrand::u64(..) };
    let parsed = match given.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => given.parse(),
    };
    parsed.unwrap_or_else(|error| panic!("{variable}={given}: {error}"))
}

/// Makes random records. The same seed gives the same ones.
#[derive(Debug)]
pub struct Random {
    rng: Rng,
    /// How often an optional value is null, a text, list or map empty: of 4, drawn anew for each record.
    nothing: u8,
    /// How often a value is from the ends of its range: of 4, as above.
    edges: u8,
}

impl Random {
    /// Random values from this seed.
    pub fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), nothing: 0, edges: 0 }
    }

    /// Another one, whose values have nothing to do with those of this one.
    pub fn fork(&mut self) -> Self {
        Self::new(self.rng.u64(..))
    }

    /// A record of this type with every field set.
    pub fn record(&mut self, record: &'static Record) -> Value {
        // Without this, a record of thirty fields would hardly ever be without any value, or with all of them.
        self.nothing = self.of(&[0, 1, 2, 4]);
        self.edges = self.of(&[0, 1, 2, 4]);
        self.fields(record, 0)
    }

    fn fields(&mut self, record: &'static Record, depth: usize) -> Value {
        let fields = record.fields.iter();
        fields.map(|field| (field.name.to_owned(), self.value(field.field_type, depth + 1))).collect()
    }

    fn value(&mut self, field_type: FieldType, depth: usize) -> Value {
        match field_type {
            FieldType::Boolean => self.rng.bool().into(),
            FieldType::Long => self.long().into(),
            FieldType::Double => self.double(),
            FieldType::String => self.text().into(),
            FieldType::Bytes => self.base64().into(),
            FieldType::Uuid => self.uuid().into(),
            FieldType::DateTime => self.datetime().into(),
            FieldType::Key(class) => self.key(class).into(),
            FieldType::Enum(names) => self.of(names.variants).into(),
            FieldType::Optional(_) if depth > DEPTH || self.has_nothing() => Value::Null,
            FieldType::Optional(inner) => self.value(*inner, depth),
            FieldType::List(item) => {
                let length = self.length(*item, depth);
                (0..length).map(|_| self.value(*item, depth + 1)).collect()
            }
            FieldType::Map(value) => self.map(*value, depth),
            FieldType::Record(record) => self.fields(record(), depth),
            other => panic!("no random values of {other:?}: add them"),
        }
    }

    fn map(&mut self, value: FieldType, depth: usize) -> Value {
        let length = self.length(value, depth);
        let mut entries: Vec<_> = (0..length).map(|_| (self.text(), self.value(value, depth + 1))).collect();
        entries.sort_by(|(one, _), (other, _)| one.cmp(other));
        Value::Object(Map::from_iter(entries))
    }

    /// How many items a list or map has.
    fn length(&mut self, item: FieldType, depth: usize) -> usize {
        if depth > DEPTH || self.has_nothing() {
            0
        } else if item.record().is_none() && depth <= 3 && self.rng.u8(..16) == 0 {
            // From 64 on, the count takes two bytes.
            self.of(&[63, 64, 65, 150])
        } else {
            self.rng.usize(1..4)
        }
    }

    fn long(&mut self) -> i64 {
        // Shifted, so that numbers of all sizes are as likely.
        if self.is_at_an_edge() { self.of(&LONGS) } else { self.rng.i64(..) >> self.rng.u32(..64) }
    }

    fn double(&mut self) -> Value {
        if self.rng.u8(..16) == 0 {
            return json!({ "$float": self.of(&["nan", "inf", "-inf"]) });
        }
        if self.is_at_an_edge() {
            return self.of(&DOUBLES).into();
        }
        // Any bits, but for the few that are no number.
        let any = f64::from_bits(self.rng.u64(..));
        if any.is_finite() && self.rng.bool() { any.into() } else { (self.rng.f64() * 100.0).into() }
    }

    fn base64(&mut self) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let groups = if self.has_nothing() { 0 } else { self.rng.usize(..20) };
        let mut text: String = (0..groups * 4).map(|_| char::from(self.of(LETTERS))).collect();
        text.push_str(self.of(&["", "", "AA==", "/w==", "Zm8=", "//8="]));
        text
    }

    fn uuid(&mut self) -> String {
        let number = match self.rng.u8(..16) {
            0 => 0,
            1 => u128::MAX,
            _ => self.rng.u128(..),
        };
        uuid_of(number)
    }

    /// Of the years 1 to 9999 by the clock on the wall, with an offset of whole seconds, of less than a day.
    fn datetime(&mut self) -> String {
        let (year, month) = if self.is_at_an_edge() {
            self.of(&[(1, 1), (9999, 12), (1969, 12), (1970, 1), (2024, 2), (1900, 2), (2000, 2), (2038, 1)])
        } else {
            (self.rng.u16(1..=9999), self.rng.u8(1..=12))
        };
        let days = days_of(year, month);
        let day = if self.is_at_an_edge() { self.of(&[1, days]) } else { self.rng.u8(1..=days) };
        let (hour, minute, second) = match self.rng.u8(..8) {
            0 => (0, 0, 0),
            1 => (23, 59, 59),
            _ => (self.rng.u8(..24), self.rng.u8(..60), self.rng.u8(..60)),
        };
        let fraction = match self.rng.u8(..8) {
            0..3 => String::new(),
            3 => format!(".{:06}", self.of(&[1, 10, 999_999, 500_000, 100_000])),
            _ => format!(".{:06}", self.rng.u32(1..1_000_000)),
        };
        let offset = self.offset();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}{offset}")
    }

    fn offset(&mut self) -> String {
        let seconds: i32 = match self.rng.u8(..8) {
            0..4 => 0,
            4 => self.rng.i32(-56..=56) * 15 * 60,
            5 => self.of(&[86_399, -86_399, 1, -1, 59, -60, 86_340, -3_600]),
            _ => self.rng.i32(-86_399..=86_399),
        };
        let sign = if seconds < 0 { '-' } else { '+' };
        let (hours, rest) = (seconds.abs() / 3600, seconds.abs() % 3600);
        match (rest / 60, rest % 60) {
            (minutes, 0) => format!("{sign}{hours:02}:{minutes:02}"),
            (minutes, seconds) => format!("{sign}{hours:02}:{minutes:02}:{seconds:02}"),
        }
    }

    fn has_nothing(&mut self) -> bool {
        self.rng.u8(..4) < self.nothing
    }

    fn is_at_an_edge(&mut self) -> bool {
        self.rng.u8(..4) < self.edges
    }

    /// One of these.
    fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.rng.usize(..values.len())]
    }
}

fn uuid_of(number: u128) -> String {
    let hex = format!("{number:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn days_of(year: u16, month: u8) -> u8 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
