//! Data of other writers' schemas.

use apache_avro::types::Value;
use openedx_events::avro::writer::{OfRelease, decode_of_release, of_release};
use openedx_events::avro::writer::{WriterSchema, WriterSchemas};
use openedx_events::avro::{DecodeError, Fingerprint, InvalidSchema};
use openedx_events::{AnySignal, EventData, PersonalData, get_signal_by_type, signal};
use openedx_events_tests::conformance::{bytes, data, list, text, vectors};

use crate::schemas::take_any_namespace;

/// What is known about a meal.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct MealData {
    pub(crate) id: i64,
    pub(crate) name: String,
    pub(crate) note: Option<String>,
    #[event_data(default = 1.5)]
    pub(crate) price: f64,
    #[event_data(default = b"\x00\x7f".to_vec())]
    pub(crate) picture: Vec<u8>,
    #[event_data(default = vec!["salt".to_owned()])]
    pub(crate) contents: Vec<String>,
    #[event_data(default = CookData { name: "nobody".to_owned(), stars: None })]
    pub(crate) cook: CookData,
}

/// Who cooked it.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct CookData {
    pub(crate) name: String,
    pub(crate) stars: Option<i64>,
}

/// A meal is ready.
#[signal("org.example.codec.meal-of-day.cooked.v1", hyphenated)]
#[derive(Clone, PartialEq)]
pub(crate) struct MealCooked {
    pub(crate) meal: MealData,
}

/// A schema of the event in which the meal has these fields.
fn meal(fields: &str) -> WriterSchema {
    let schema = format!(
        r#"{{"name": "CloudEvent", "type": "record", "namespace": "org.example.codec.meal-of-day.cooked.v1", "doc": "d",
            "fields": [{{"name": "meal", "type": {{"name": "MealData", "type": "record", "fields": [{fields}]}}}}]}}"#
    );
    WriterSchema::parse(&schema).expect("a schema")
}

/// The meal that is read.
fn read(schema: &WriterSchema, bytes: &[u8]) -> Result<MealData, DecodeError> {
    let event = schema.decode(&MEAL_COOKED, bytes)?;
    let event = event.into_any().downcast::<MealCooked>().expect("a meal");
    Ok(event.meal)
}

const ID: &str = r#"{"name": "id", "type": "long"}"#;
const NAME: &str = r#"{"name": "name", "type": "string"}"#;

#[test]
fn fields_that_the_writer_did_not_know_have_their_defaults() {
    let schema = meal(&[ID, NAME].join(","));
    let meal = read(&schema, b"\x0e\x06pie").expect("older data");
    let cook = CookData { name: "nobody".to_owned(), stars: None };
    let expected = MealData {
        id: 7,
        name: "pie".to_owned(),
        note: None,
        price: 1.5,
        picture: vec![0, 127],
        contents: vec!["salt".to_owned()],
        cook,
    };
    assert_eq!(meal, expected);
}

#[test]
fn a_field_without_a_default_must_have_been_written() {
    let schema = meal(ID);
    let error = read(&schema, b"\x0e").expect_err("no name");
    assert!(error.reason().contains("name"), "{error}");
    assert!(
        error.to_string().ends_with(&format!(", in data of the schema {}", schema.fingerprint())),
        "{error}"
    );
    assert_eq!(error.offset(), None);
}

/// What is known about a photo.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct PhotoData {
    pub(crate) width: i64,
    #[event_data(default = vec![0xff])]
    pub(crate) picture: Vec<u8>,
    #[event_data(default = Some(3))]
    pub(crate) stars: Option<i64>,
}

/// A photo has been taken.
#[signal("org.example.codec.photo.taken.v1")]
#[derive(Clone, PartialEq)]
pub(crate) struct PhotoTaken {
    pub(crate) photo: PhotoData,
}

/// Neither default can be said in a schema for every reader.
#[test]
fn a_default_that_a_schema_cannot_say_stands_in_too() {
    let read = |fields: &[&str], bytes: &[u8]| {
        let fields: Vec<_> = [r#"{"name": "width", "type": "long"}"#].iter().chain(fields).copied().collect();
        let fields = fields.join(", ");
        let schema = format!(
            r#"{{"name": "CloudEvent", "type": "record", "fields": [{{"name": "photo", "type": {{"name": "PhotoData",
                "type": "record", "fields": [{fields}]}}}}]}}"#
        );
        let event =
            WriterSchema::parse(&schema).expect("a schema").decode(&PHOTO_TAKEN, bytes).expect("an event");
        event.as_any().downcast_ref::<PhotoTaken>().expect("a photo").photo.clone()
    };
    let (picture, stars) =
        (r#"{"name": "picture", "type": "bytes"}"#, r#"{"name": "stars", "type": ["null", "long"]}"#);
    let photo = |picture: &[u8], stars| PhotoData { width: 7, picture: picture.to_vec(), stars };
    assert_eq!(read(&[], b"\x0e"), photo(b"\xff", Some(3)));
    assert_eq!(read(&[picture], b"\x0e\x02\xfe"), photo(b"\xfe", Some(3)));
    assert_eq!(read(&[stars], b"\x0e\x00"), photo(b"\xff", None));
    assert_eq!(read(&[stars], b"\x0e\x02\x08"), photo(b"\xff", Some(4)));

    let schema = PHOTO_TAKEN.schema().expect("a schema");
    for text in [schema.as_str(), &schema.to_reader()] {
        assert!(!text.contains("\"default\""), "{text}");
        apache_avro::Schema::parse_str(text).expect("a schema for others");
    }
}

#[test]
fn fields_are_found_by_their_names() {
    let gone =
        r#"{"name": "gone", "type": {"type": "map", "values": {"type": "array", "items": ["null", "int"]}}}"#;
    let schema = meal(&[NAME, gone, ID].join(","));
    let meal = read(&schema, b"\x06pie\x02\x02k\x04\x00\x02\x0a\x00\x00\x0e")
        .expect("reordered, and one that is gone");
    assert_eq!((meal.id, meal.name.as_str()), (7, "pie"));
}

#[test]
fn types_are_promoted_as_avro_says() {
    let price = r#"{"name": "price", "type": "int"}"#;
    let id = r#"{"name": "id", "type": "int"}"#;
    let note = r#"{"name": "note", "type": "string"}"#;
    let picture = r#"{"name": "picture", "type": "bytes"}"#;
    let schema = meal(&[id, NAME, note, price, picture].join(","));
    let meal = read(&schema, b"\x0e\x06pie\x04ok\x06\x02\xfe").expect("promoted");
    assert_eq!((meal.id, meal.note.as_deref(), meal.picture.as_slice()), (7, Some("ok"), [0xfe].as_slice()));
    assert_eq!(meal.price.to_bits(), 3.0_f64.to_bits());

    let note = r#"{"name": "note", "type": ["string", "null"]}"#;
    let schema = self::meal(&[ID, NAME, note].join(","));
    assert_eq!(
        read(&schema, b"\x0e\x06pie\x00\x04ok").expect("the other way round").note.as_deref(),
        Some("ok")
    );
    assert_eq!(read(&schema, b"\x0e\x06pie\x02").expect("the other way round").note, None);

    let name = r#"{"name": "name", "type": ["null", "string"]}"#;
    let schema = self::meal(&[ID, name].join(","));
    assert_eq!(read(&schema, b"\x0e\x02\x06pie").expect("not null").name, "pie");
    assert!(read(&schema, b"\x0e\x00").is_err(), "null");
}

#[test]
fn the_events_own_schema_takes_the_fast_path() {
    let own = MEAL_COOKED.schema().expect("a schema");
    let schema = WriterSchema::parse(own.as_str()).expect("a schema");
    assert_eq!(schema.fingerprint(), own.fingerprint());
    assert_eq!(Fingerprint::of_schema(&own.to_reader()), Ok(own.fingerprint()), "defaults do not count");
    // What the library would take, as it does not mind what is left over.
    let error = read(&schema, b"\x0e").expect_err("the data end");
    assert_eq!(error.to_string(), "`meal.name`: expected a long, but the data end here, at byte 1");
}

#[test]
fn damaged_data_of_another_schema_have_a_path_and_an_offset() {
    let schema =
        meal(&[NAME, r#"{"name": "old", "type": {"type": "array", "items": "boolean"}}"#, ID].join(","));
    let whole = b"\x06pie\x04\x00\x01\x00\x0e";
    assert!(read(&schema, whole).is_ok());
    for (bytes, expected) in [
        (
            &b"\x06pie\x04\x00\x02\x00\x0e"[..],
            "`meal.old[1]`: a boolean is the byte 0 or 1, not 2, at byte 6",
        ),
        (b"\x06pie\x04\x00\x01\x00\x0e\x00", "1 byte left over after the event, at byte 9"),
        (b"\xfe\xff\xff\xff\x0fpie", "`meal.name`: a length of 2147483647 bytes with 3 left, at byte 0"),
        (
            b"\x06pie\xfe\xff\xff\xff\x0f\x00",
            "`meal.old`: 2147483647 items cannot fit in the 1 byte left, at byte 4",
        ),
    ] {
        assert_eq!(read(&schema, bytes).expect_err("damaged").to_string(), expected);
    }
    for end in 0..whole.len() {
        assert!(read(&schema, &whole[..end]).is_err(), "{end} bytes");
    }
}

#[test]
fn values_are_checked_after_resolution() {
    let signal =
        get_signal_by_type("org.openedx.learning.discussions.configuration.changed.v1").expect("declared");
    let OfRelease::Other(schema) = of_release(signal.event_type(), &[11, 0, 0]) else {
        panic!("it was another")
    };
    let error = schema.decode(signal, b"\x0ano-keyX\x00\x00\x00\x00\x00").expect_err("no key");
    assert!(error.to_string().contains("configuration"), "{error}");
}

#[test]
fn schemas_are_kept_by_their_fingerprints() {
    let schemas = WriterSchemas::new();
    let schema = meal(&[ID, NAME].join(","));
    let fingerprint = schema.fingerprint();
    let bytes = b"\x0e\x06pie";
    let error = schemas.decode(&MEAL_COOKED, fingerprint, bytes).expect_err("not known yet");
    assert_eq!(error.to_string(), format!("the schema is not known, in data of the schema {fingerprint}"));

    let kept = schemas.insert(schema);
    assert!(std::sync::Arc::ptr_eq(&kept, &schemas.insert(meal(&[ID, NAME].join(",")))));
    assert!(schemas.decode(&MEAL_COOKED, fingerprint, bytes).is_ok());

    let own = MEAL_COOKED.schema().expect("a schema").fingerprint();
    assert!(schemas.decode(&MEAL_COOKED, own, bytes).is_err(), "its own schema has more fields");
}

#[test]
fn a_mistake_in_a_schema_is_named_with_its_place() {
    let record = |fields: &str| format!(r#"{{"type": "record", "name": "a", "fields": [{fields}]}}"#);
    let cases = [
        (r#"{"type": "array"}"#.to_owned(), "", "has no `items`"),
        (
            record(r#"{"name": "b", "type": "c"}"#),
            "fields[0].type",
            "the type `c` is not defined before its use",
        ),
        (record(r#"{"name": "b", "type": ["null", ["null"]]}"#), "fields[0].type[1]", "a union in a union"),
        (
            record(r#"{"name": "b", "type": "int"}, {"name": "b", "type": "int"}"#),
            "fields[1]",
            "the record already has a field `b`",
        ),
        (
            record(
                r#"{"name": "b", "type": {"type": "map", "values": {"type": "fixed", "name": "d", "size": -1}}}"#,
            ),
            "fields[0].type.values.size",
            "not a number of bytes",
        ),
    ];
    for (text, path, reason) in cases {
        let error = Fingerprint::of_schema(&text).expect_err(&text);
        assert_eq!((error.path(), error.reason()), (path, reason), "{text}");
        assert_eq!(WriterSchema::parse(&text).map(drop), Err(error));
    }
}

/// Records that hold the one before, so that the names and not the text are nested.
#[test]
fn a_schema_of_any_depth_does_not_exhaust_the_stack() {
    let mut fields =
        vec![r#"{"name": "f0", "type": {"name": "R0", "type": "record", "fields": []}}"#.to_owned()];
    for place in 1..5000 {
        fields.push(format!(
            r#"{{"name": "f{place}", "type": {{"name": "R{place}", "type": "record", "fields": [
                {{"name": "inner", "type": "R{}"}}]}}}}"#,
            place - 1
        ));
    }
    let schema = format!(r#"{{"name": "E", "type": "record", "fields": [{}]}}"#, fields.join(","));
    let error = WriterSchema::parse(&schema).map(drop).expect_err("too deep");
    assert_eq!((error.path(), error.reason()), ("fields[64].type", "records are nested more than 64 deep"));
    let brackets = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(WriterSchema::parse(&brackets).is_err());
}

#[test]
fn what_is_no_schema_is_refused() {
    for text in [
        "",
        "{}",
        r#"{"type": "record", "name": "a"}"#,
        r#"{"type": "record", "name": "a", "fields": [{"name": "b", "type": "c"}]}"#,
        r#"["null", 1]"#,
        r#"{"type": "array"}"#,
        r#"{"type": "fixed", "name": "a", "size": -1}"#,
        r#"["null", ["null", "string"]]"#,
    ] {
        let error: InvalidSchema = WriterSchema::parse(text).map(|_| ()).expect_err(text);
        assert!(error.to_string().starts_with("not an Avro schema: "), "{error}");
    }
}

/// Of every release since 9.0.0 and every event of the catalog: what the release has written, by the Avro library and the
/// release's schema, is read with all its values.
#[test]
fn data_of_upstreams_releases_are_read() {
    let releases = data("../../openedx-events/src/avro/releases/releases.json");
    let releases: Vec<Vec<u32>> = releases["releases"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|release| {
            release.as_str().expect("a text").split('.').map(|part| part.parse().expect("a number")).collect()
        })
        .collect();
    assert_eq!(releases.last().map(Vec::as_slice), Some([11, 2, 0].as_slice()));
    let (mut own, mut other) = (0, 0);
    for recorded in vectors() {
        let signal = get_signal_by_type(&recorded.event_type).expect("declared");
        for release in &releases {
            match of_release(signal.event_type(), release) {
                OfRelease::Own => {
                    assert!(decode_of_release(signal, release, &recorded.bytes).is_ok());
                    own += 1;
                }
                OfRelease::Other(_) => other += 1,
                _ => panic!("{release:?} is known"),
            }
        }
    }
    println!("{own} messages and releases with our schema, {other} with another");
    assert!(own > 10_000 && other > 100, "{own}, {other}");
}

/// `enabled` was inserted in the middle with 11.1.0. Read by our schema such data are misread, if they are read at all.
#[test]
fn the_discussion_configuration_of_an_older_service_is_read() {
    let event_type = "org.openedx.learning.discussions.configuration.changed.v1";
    let signal = get_signal_by_type(event_type).expect("declared");
    let spans = data("../../openedx-events/src/avro/releases/learning.json");
    take_any_namespace();
    let schema = apache_avro::Schema::parse(&spans[event_type][0]["schema"]).expect("a schema");
    let text = |text: &str| Value::String(text.to_owned());
    let topic = Value::Record(vec![
        ("title".to_owned(), text("Week 1")),
        ("usage_key".to_owned(), Value::Union(0, Box::new(Value::Null))),
        ("group_id".to_owned(), Value::Union(1, Box::new(Value::Long(0)))),
        ("external_id".to_owned(), Value::Union(0, Box::new(Value::Null))),
        ("ordering".to_owned(), Value::Union(0, Box::new(Value::Null))),
        ("context".to_owned(), Value::Map([("a".to_owned(), text("b"))].into())),
    ]);
    let configuration = Value::Record(vec![
        ("course_key".to_owned(), text("course-v1:edX+DemoX+2026")),
        ("provider_type".to_owned(), text("openedx")),
        ("enable_in_context".to_owned(), Value::Boolean(false)),
        ("enable_graded_units".to_owned(), Value::Boolean(true)),
        ("unit_level_visibility".to_owned(), Value::Boolean(false)),
        ("plugin_configuration".to_owned(), Value::Map([("x".to_owned(), Value::Boolean(true))].into())),
        ("contexts".to_owned(), Value::Array(vec![topic])),
    ]);
    let event = Value::Record(vec![("configuration".to_owned(), configuration)]);
    let writer = apache_avro::writer::datum::GenericDatumWriter::builder(&schema).build().expect("a writer");
    let bytes = writer.write_value_to_vec(event).expect("bytes");

    assert!(signal.decode(&bytes).is_err(), "by our schema");
    let read = decode_of_release(signal, &[11, 0, 0], &bytes).expect("by that of the release");
    let expected = concat!(
        r#"{"configuration":{"course_key":"course-v1:edX+DemoX+2026","provider_type":"openedx","enabled":true,"#,
        r#""enable_in_context":false,"enable_graded_units":true,"unit_level_visibility":false,"#,
        r#""plugin_configuration":{"x":true},"contexts":[{"title":"Week 1","usage_key":null,"group_id":0,"#,
        r#""external_id":null,"ordering":null,"context":{"a":"b"}}]}}"#,
    );
    assert_eq!(read.to_json(PersonalData::Keep).expect("JSON"), expected);
}

#[test]
fn a_release_that_is_not_known_is_said_to_be() {
    let event_type = "org.openedx.learning.discussions.configuration.changed.v1";
    for sourcelib in [&[8, 9, 0][..], &[11, 2, 1], &[12, 0, 0], &[], &[11]] {
        assert!(matches!(of_release(event_type, sourcelib), OfRelease::Unknown), "{sourcelib:?}");
    }
    assert!(matches!(of_release(event_type, &[11, 2, 0]), OfRelease::Own));
    assert!(
        matches!(of_release(MEAL_COOKED.event_type(), &[0, 1, 0]), OfRelease::Own),
        "not one of upstream's"
    );
}

/// What the releases themselves have written. The keys of collections and containers were bare names before 10.0.0, which
/// are no keys.
#[test]
fn bytes_of_upstreams_releases_are_read() {
    let (mut read, mut names) = (0, 0);
    for (event_type, cases) in data("older_bytes.json").as_object().expect("an object") {
        let signal = get_signal_by_type(event_type).expect("declared");
        for case in list(cases) {
            let release: Vec<u32> =
                text(&case["release"]).split('.').map(|part| part.parse().expect("a number")).collect();
            assert!(
                matches!(of_release(event_type, &release), OfRelease::Other(_)),
                "{event_type} {release:?}"
            );
            match decode_of_release(signal, &release, &bytes(&case["avro_hex"])) {
                Ok(event) => {
                    let json = event.to_json(PersonalData::Keep).expect("JSON");
                    let json = serde_json::from_str(&json).expect("JSON");
                    holds(event_type, &json, &case["record"]);
                    read += 1;
                }
                Err(error) => {
                    assert!(
                        error.path().ends_with("_key") && event_type.contains("content_library"),
                        "{error}"
                    );
                    names += 1;
                }
            }
        }
    }
    assert_eq!((read, names), (4, 18));
}

/// Whether all that was written is there.
fn holds(place: &str, ours: &serde_json::Value, theirs: &serde_json::Value) {
    match (ours, theirs) {
        (serde_json::Value::Object(ours), serde_json::Value::Object(theirs)) => {
            for (name, theirs) in theirs {
                holds(&format!("{place} {name}"), ours.get(name).unwrap_or(&serde_json::Value::Null), theirs);
            }
        }
        (ours, theirs) => assert_eq!(ours, theirs, "{place}"),
    }
}

/// A comment, and the comments on it.
#[derive(Clone, Debug, PartialEq, EventData)]
pub(crate) struct CommentData {
    pub(crate) replies: Option<Vec<CommentData>>,
}

/// A comment was written.
#[signal("org.example.codec.comment.written.v1")]
#[derive(Clone, PartialEq)]
pub(crate) struct CommentWritten {
    pub(crate) comment: CommentData,
}

/// A schema of the event with one more field, which is skipped.
fn comment(skipped: &str) -> WriterSchema {
    let schema = format!(
        r#"{{"name": "CloudEvent", "type": "record", "namespace": "org.example.codec.comment.written.v1", "fields": [
            {{"name": "skipped", "type": {skipped}}},
            {{"name": "comment", "type": {{"name": "CommentData", "type": "record", "fields": [
                {{"name": "replies", "type": ["null", {{"type": "array", "items": "CommentData"}}]}}]}}}}]}}"#
    );
    WriterSchema::parse(&schema).expect("a schema")
}

/// Each level must not double the time.
#[test]
fn optional_lists_in_each_other_are_read_in_linear_time() {
    let schema = comment(r#""null""#);
    for depth in [1, 10, 20, 62] {
        // A list of one each, and none in the innermost.
        let bytes = [[2, 2].repeat(depth), vec![0], vec![0; depth]].concat();
        let event = schema.decode(&COMMENT_WRITTEN, &bytes).expect("comments");
        let event = event.into_any().downcast::<CommentWritten>().expect("a comment");
        let mut comment = &event.comment;
        for _ in 0..depth {
            comment = &comment.replies.as_ref().expect("replies")[0];
        }
        assert_eq!(comment.replies, None);
    }
}
