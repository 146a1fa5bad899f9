//! What data of another schema may cost: it is bounded by their length over the whole input.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use openedx_events::avro::writer::WriterSchema;
use openedx_events::{EventData, signal};

/// What is known about a parcel.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct ParcelData {
    pub(crate) weight: i64,
    #[event_data(default = "x".repeat(10_000))]
    pub(crate) label: String,
    #[event_data(default = Vec::new())]
    pub(crate) contents: Vec<ContentData>,
}

/// What is in it.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct ContentData {
    #[event_data(default = "y".repeat(1000))]
    pub(crate) name: String,
}

/// A parcel was sent.
#[signal("org.example.codec.parcel.sent.v1")]
#[derive(Clone, PartialEq)]
pub(crate) struct ParcelSent {
    pub(crate) parcel: ParcelData,
}

/// Far longer than any of these takes, and far shorter than any took.
const LONG: Duration = Duration::from_secs(10);

/// A schema of the event whose parcel has a field that is skipped, and then a weight.
fn skipping(skipped: &str) -> WriterSchema {
    fields(&format!(r#"{{"name": "skipped", "type": {skipped}}}, {{"name": "weight", "type": "long"}}"#))
}

fn fields(fields: &str) -> WriterSchema {
    let schema = format!(
        r#"{{"name": "CloudEvent", "type": "record", "namespace": "org.example.codec.parcel.sent.v1", "fields": [
            {{"name": "parcel", "type": {{"name": "ParcelData", "type": "record", "fields": [{fields}]}}}}]}}"#
    );
    WriterSchema::parse(&schema).expect("a schema")
}

/// Decodes within bounds of time and memory.
#[track_caller]
fn decode(schema: &WriterSchema, bytes: &[u8]) -> Result<ParcelData, String> {
    let decoded = RefCell::new(None);
    let start = Instant::now();
    let taken =
        allocation_counter::measure(|| *decoded.borrow_mut() = Some(schema.decode(&PARCEL_SENT, bytes)));
    assert!(start.elapsed() < LONG, "{:?} for {} bytes", start.elapsed(), bytes.len());
    let limit = 2 * 64 * bytes.len() as u64 + (4 << 20);
    assert!(taken.bytes_max < limit, "{} bytes of memory for {}", taken.bytes_max, bytes.len());
    let event = decoded.into_inner().expect("it ran").map_err(|error| error.to_string())?;
    Ok(event.into_any().downcast::<ParcelSent>().expect("a parcel").parcel)
}

/// Blocks of as many items as there are bytes left, which take none, until the bytes are used up. Then a weight of 1.
fn blocks_of_nothing(len: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while bytes.len() + 100 < len {
        let mut rest = (len - bytes.len() - 99) << 1;
        while rest > 0x7f {
            bytes.push(u8::try_from(rest & 0x7f).expect("seven bits") | 0x80);
            rest >>= 7;
        }
        bytes.push(u8::try_from(rest).expect("seven bits"));
    }
    // Blocks of one.
    bytes.resize(len - 2, 2);
    bytes.extend([0, 2]);
    bytes
}

#[test]
fn what_takes_no_bytes_is_bounded_over_the_whole_input() {
    let record = |fields: &str| format!(r#"{{"name": "Nothing", "type": "record", "fields": [{fields}]}}"#);
    for nothing in [
        r#""null""#.to_owned(),
        r#"{"name": "Nothing", "type": "fixed", "size": 0}"#.to_owned(),
        record(""),
        record(r#"{"name": "a", "type": "null"}, {"name": "b", "type": "null"}"#),
    ] {
        let schema = skipping(&format!(r#"{{"type": "array", "items": {nothing}}}"#));
        assert_eq!(decode(&schema, &[20, 0, 2]).map(|parcel| parcel.weight), Ok(1), "{nothing}");
        let error = decode(&schema, &blocks_of_nothing(1 << 16)).expect_err("too many");
        assert!(error.contains("values take no bytes, which is what 65536 bytes may have"), "{error}");
        assert!(error.starts_with("`parcel.skipped["), "{error}");
    }
}

/// Each list is short: what is in all of them together is what counts.
#[test]
fn what_takes_no_bytes_is_bounded_over_lists_in_lists() {
    let schema = skipping(r#"{"type": "array", "items": {"type": "array", "items": "null"}}"#);
    // 16,000 lists of 16,000 nulls.
    let list = [0x80, 0xfa, 0x01, 0];
    let bytes = [&[0x80, 0xfa, 0x01][..], &list.repeat(16_000), &[0, 2]].concat();
    let error = decode(&schema, &bytes).expect_err("too many");
    assert!(error.contains("values take no bytes"), "{error}");
}

/// Each record has the one before twice, so that the last one has 2^60 values, and not a byte.
#[test]
fn records_of_records_of_nothing_are_bounded() {
    let mut nested = r#"{"name": "R0", "type": "record", "fields": []}"#.to_owned();
    for place in 1..20 {
        nested = format!(
            r#"{{"name": "R{place}", "type": "record", "fields": [{{"name": "a", "type": {nested}}},
                {{"name": "b", "type": "R{}"}}]}}"#,
            place - 1
        );
    }
    for place in 20..60 {
        nested = format!(
            r#"{nested}}}, {{"name": "skipped{place}", "type": {{"name": "R{place}", "type": "record", "fields": [
                {{"name": "a", "type": "R{before}"}}, {{"name": "b", "type": "R{before}"}}]}}"#,
            before = place - 1
        );
    }
    let error = decode(&skipping(&nested), &[2]).expect_err("too many");
    assert!(error.contains("more than 1040 values take no bytes, which is what 1 byte may have"), "{error}");
}

/// Defaults can be longer than what the writer wrote.
#[test]
fn defaults_are_bounded() {
    let schema = fields(r#"{"name": "weight", "type": "long"}"#);
    assert_eq!(decode(&schema, &[2]).map(|parcel| parcel.label.len()), Ok(10_000));
    let content =
        r#"{"name": "ContentData", "type": "record", "fields": [{"name": "new", "type": "boolean"}]}"#;
    let schema = fields(&format!(
        r#"{{"name": "weight", "type": "long"}}, {{"name": "contents", "type": {{"type": "array", "items": {content}}}}}"#
    ));
    let parcel = decode(&schema, &[2, 4, 0, 1, 0]).expect("two of them");
    assert_eq!(parcel.contents.iter().map(|content| content.name.len()).sum::<usize>(), 2000);
    let bytes = [&[2, 0x80, 0xfa, 0x01][..], &[0; 16_001]].concat();
    let error = decode(&schema, &bytes).expect_err("16 MB of defaults");
    assert!(
        error.contains("the event has more than 2072896 bytes, which is what data of 16005 may become"),
        "{error}"
    );
    assert!(error.starts_with("`parcel.contents["), "{error}");
}

/// Types in each other by name, so that the text is not nested, and values of them.
#[test]
fn types_in_each_other_do_not_exhaust_the_stack() {
    let lists =
        |inner: &str| format!("{}{inner}{}", r#"{"type": "array", "items": "#.repeat(50), "}".repeat(50));
    let deep = |records: usize| {
        let mut fields =
            vec![r#"{"name": "f0", "type": {"name": "R0", "type": "record", "fields": []}}"#.to_owned()];
        for place in 1..=records {
            let inner = lists(&format!(r#""R{}""#, place - 1));
            fields.push(format!(
                r#"{{"name": "f{place}", "type": {{"name": "R{place}", "type": "record", "fields": [
                    {{"name": "inner", "type": {inner}}}]}}}}"#,
            ));
        }
        format!(r#"{{"name": "E", "type": "record", "fields": [{}]}}"#, fields.join(","))
    };
    assert!(WriterSchema::parse(&deep(9)).is_ok());
    let error = WriterSchema::parse(&deep(60)).map(drop).expect_err("too deep");
    assert_eq!((error.path(), error.reason()), ("fields[11].type", "types are nested more than 512 deep"));

    // A record that contains itself ends only with the data.
    let schema = skipping(&format!(
        r#"{{"name": "Itself", "type": "record", "fields": [{{"name": "inner", "type": {}}}]}}"#,
        lists(r#""Itself""#)
    ));
    let error = decode(&schema, &vec![2; 100_000]).expect_err("too deep");
    assert!(error.contains("values are nested more than 512 deep"), "{error}");
}

/// A type has its full name wherever it is used.
#[test]
fn long_names_do_not_multiply() {
    let schema = |namespace: &str, field: &str| {
        let uses: Vec<_> =
            (0..20_000).map(|place| format!(r#"{{"name": "f{place}", "type": "F"}}"#)).collect();
        format!(
            r#"{{"name": "E", "namespace": "{namespace}", "type": "record", "fields": [{{"name": "{field}", "type":
                {{"name": "F", "type": "fixed", "size": 1}}}}, {}]}}"#,
            uses.join(", ")
        )
    };
    let parse = |text: &str| {
        let parsed = RefCell::new(None);
        let taken =
            allocation_counter::measure(|| *parsed.borrow_mut() = Some(WriterSchema::parse(text).map(drop)));
        assert!(taken.bytes_max < 128 << 20, "{} bytes of memory for {}", taken.bytes_max, text.len());
        parsed
            .into_inner()
            .expect("it ran")
            .map_err(|error| (error.path().to_owned(), error.reason().to_owned()))
    };
    let limit = "where 512 are the limit for the name of a type, with its namespace, or field";
    assert_eq!(parse(&schema(&"n".repeat(510), &"f".repeat(512))), Ok(()));
    assert_eq!(
        parse(&schema(&"n".repeat(511), "f")),
        Err(("name".to_owned(), format!("513 bytes, {limit}")))
    );
    assert_eq!(
        parse(&schema("n", &"f".repeat(513))),
        Err(("fields[0].name".to_owned(), format!("513 bytes, {limit}")))
    );
    assert_eq!(
        parse(&" ".repeat((1 << 20) + 1)),
        Err((String::new(), "1048577 bytes, where 1048576 are the limit".to_owned()))
    );
}
