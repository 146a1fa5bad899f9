//! `encode`, `decode` and `key`: a line of JSON for each line of JSON.

use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};

use openedx_events_tests::conformance::{Recorded, data, list, text, vectors};
use serde_json::{Value, json};

use crate::process::{own, shipped};

fn lines(requests: impl IntoIterator<Item = Value>) -> Vec<u8> {
    requests.into_iter().flat_map(|request| format!("{request}\n").into_bytes()).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

#[test]
fn every_recorded_message_is_decoded() {
    let recorded = vectors();
    let requests = lines(
        recorded.iter().map(|each| json!({"event_type": each.event_type, "avro_hex": hex(&each.bytes)})),
    );
    let ran = shipped(&["decode"], &requests);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let answers = ran.json_lines();
    assert_eq!(answers.len(), 459);
    for (answer, each) in answers.iter().zip(&recorded) {
        assert_eq!(answer.as_object().map(serde_json::Map::len), Some(1));
        assert_eq!(
            as_python_has_it(&answer["record"]),
            as_python_has_it(&each.record),
            "{} {}",
            each.event_type,
            each.case
        );
    }
}

#[test]
fn every_recorded_message_is_encoded() {
    let recorded = vectors();
    let requests =
        lines(recorded.iter().map(|each| json!({"event_type": each.event_type, "record": each.record})));
    let ran = shipped(&["encode"], &requests);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let answers = ran.json_lines();
    assert_eq!(answers.len(), 459);
    let is_equal = |(answer, each): &(&Value, &Recorded)| answer["avro_hex"] == hex(&each.bytes);
    let equal = answers.iter().zip(&recorded).filter(is_equal).count();
    // The others hold naive datetimes: the tests of the codec compare them.
    assert_eq!(equal, 438);
}

/// The only float of the catalog may be recorded as a whole number, and naive datetimes are UTC.
fn as_python_has_it(value: &Value) -> Value {
    match value {
        Value::String(text) => {
            let is_datetime =
                text.as_bytes().get(10) == Some(&b'T') && text.starts_with(|c: char| c.is_ascii_digit());
            json!(if is_datetime { text.strip_suffix("+00:00").unwrap_or(text) } else { text })
        }
        Value::Array(items) => items.iter().map(as_python_has_it).collect(),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| match name.as_str() {
                "percent_grade" => (name.clone(), json!(value.as_f64())),
                _ => (name.clone(), as_python_has_it(value)),
            };
            members.iter().map(member).collect()
        }
        other => other.clone(),
    }
}

#[test]
fn every_recorded_key_is_taken_apart() {
    let keys = data("keys.json");
    let (mut valid, mut invalid) = (Vec::new(), Vec::new());
    for (key_type, cases) in keys.as_object().expect("an object") {
        let with_type = |case: &Value| (json!({"type": key_type, "input": case["input"]}), case.clone());
        valid.extend(list(&cases["valid"]).iter().map(with_type));
        invalid.extend(list(&cases["invalid"]).iter().map(with_type));
    }
    let ran = shipped(&["key"], &lines(valid.iter().map(|(request, _)| request.clone())));
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let answers = ran.json_lines();
    assert_eq!((answers.len(), valid.len()), (674, 674));
    for (answer, (request, case)) in answers.iter().zip(&valid) {
        assert_eq!(*answer, json!({"str": case["str"], "fields": case["fields"]}), "{request}");
    }

    let ran = shipped(&["key"], &lines(invalid.iter().map(|(request, _)| request.clone())));
    assert_eq!(ran.code, Some(1));
    let answers = ran.json_lines();
    assert_eq!(answers.len(), invalid.len());
    for (answer, (request, _)) in answers.iter().zip(&invalid) {
        assert!(
            answer["error"].is_string() && answer.as_object().map(serde_json::Map::len) == Some(1),
            "{request}"
        );
    }
}

#[test]
fn damaged_messages_are_errors_in_their_place() {
    let damaged = data("bad_bytes.json");
    let event_type = "org.openedx.learning.course.enrollment.created.v1";
    let cases = list(&damaged[event_type]);
    let requests = cases.iter().map(|case| json!({"event_type": event_type, "avro_hex": case["avro_hex"]}));
    let ran = shipped(&["decode"], &lines(requests));
    assert_eq!(ran.code, Some(1));
    let answers = ran.json_lines();
    assert_eq!(answers.len(), cases.len());
    for ((number, answer), case) in (1..).zip(&answers).zip(cases) {
        let is_taken =
            case["strict_ok"] == true && case["decode"]["unread_bytes"] == 0 && case["event"]["ok"] == true;
        match answer.get("error") {
            None => assert!(is_taken && answer["record"].is_object(), "{case}"),
            Some(error) => {
                assert!(!is_taken, "{case}");
                assert!(text(error).starts_with(&format!("line {number}: ")), "{error}");
            }
        }
    }
}

#[test]
fn floats_that_are_no_number_have_a_form() {
    let event_type = "org.openedx.learning.course.persistent_grade_summary.changed.v1";
    let damaged = data("bad_bytes.json");
    let special = list(&damaged[event_type]).iter().filter(|case| case["category"] == "double");
    for case in special {
        let request = lines([json!({"event_type": event_type, "avro_hex": case["avro_hex"]})]);
        let decoded = shipped(&["decode"], &request).json_lines();
        assert_eq!(decoded[0]["record"], case["decode"]["record"]);
        let request = lines([json!({"event_type": event_type, "record": decoded[0]["record"]})]);
        let ran = shipped(&["encode"], &request);
        if text(&case["what"]).starts_with("signalling") {
            assert_eq!(ran.code, Some(0));
        } else {
            assert_eq!(ran.json_lines()[0]["avro_hex"], case["avro_hex"]);
        }
    }
}

#[test]
fn a_line_that_is_no_request_gets_an_error() {
    let event_type = "org.openedx.enterprise.enterprise_group.deleted.v1";
    let enterprise_group = json!({"uuid": "a8098c1a-f86e-11da-bd1a-00112444be1e"});
    let good =
        json!({"event_type": event_type, "record": {"enterprise_group": enterprise_group}}).to_string();
    for (command, line, expected) in [
        ("encode", "nonsense".to_owned(), "not a JSON object"),
        ("encode", "[]".to_owned(), "expected an object"),
        ("encode", json!({"event_type": event_type}).to_string(), "`record` is missing"),
        ("encode", json!({"event_type": 7, "record": {}}).to_string(), "`event_type`: expected a string"),
        ("encode", good.replace(".v1", ".v2"), ".v1"),
        ("encode", good.replace(r#""uuid""#, r#""uid""#), "uuid"),
        ("encode", good.replace("a8098c1a", "?8098c1a"), "`enterprise_group.uuid`"),
        ("encode", good.replacen('{', r#"{"more": 1, "#, 1), "unknown member `more`"),
        ("encode", good.replacen('{', r#"{"record": 1, "#, 1), "`record` is given twice"),
        ("decode", json!({"event_type": event_type, "avro_hex": "0"}).to_string(), "two hex digits"),
        ("decode", json!({"event_type": event_type, "avro_hex": "0g"}).to_string(), "`g` is not a hex digit"),
        ("decode", json!({"event_type": event_type, "avro_hex": ""}).to_string(), "`enterprise_group.uuid`"),
        ("key", json!({"type": "CourseKeys", "input": "a/b/c"}).to_string(), "CourseKey"),
        ("key", json!({"type": "CourseKey", "input": "a/b"}).to_string(), "is not a CourseKey"),
    ] {
        let ran = shipped(&[command], line.as_bytes());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), ""), "{line}");
        let answers = ran.json_lines();
        assert_eq!(answers.len(), 1, "{line}");
        assert!(text(&answers[0]["error"]).contains(expected), "{line}: {}", answers[0]);
    }
}

#[test]
fn the_good_lines_are_answered_beside_bad_ones() {
    let good = r#"{"type": "CourseKey", "input": "a/b/c"}"#;
    let ran = shipped(&["key"], format!("\n{good}\nbad\n\n{good}").as_bytes());
    assert_eq!(ran.code, Some(1));
    let answers = ran.json_lines();
    assert_eq!(answers.len(), 3);
    assert_eq!((&answers[0]["str"], &answers[2]["str"]), (&json!("a/b/c"), &json!("a/b/c")));
    assert!(text(&answers[1]["error"]).starts_with("line 3: "), "{}", answers[1]);
}

#[test]
fn a_file_may_hold_the_requests() {
    let path = std::env::temp_dir().join(format!("openedx-events-keys-{}.jsonl", std::process::id()));
    std::fs::write(&path, r#"{"type": "LibraryLocatorV2", "input": "lib:a:b"}"#).expect("a file");
    let ran = shipped(&["key", path.to_str().expect("a path")], b"");
    std::fs::remove_file(&path).expect("it is there");
    assert_eq!(ran.stdout, "{\"fields\":{\"org\":\"a\",\"slug\":\"b\"},\"str\":\"lib:a:b\"}\n");
    let ran = shipped(&["key", "no/such/file"], b"");
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("no/such/file"), "{}", ran.stderr);
}

/// Another program may ask, wait for the answer and ask again.
#[test]
fn each_answer_comes_before_the_next_question() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_shipped-cli"))
        .arg("key")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut questions = child.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    for run in 0..20 {
        let key = format!("a/b/{run}");
        writeln!(questions, "{}", json!({"type": "CourseKey", "input": key})).expect("it is read");
        let answer: Value =
            serde_json::from_str(&answers.next().expect("an answer").expect("text")).expect("JSON");
        assert_eq!(answer["str"], key.as_str());
    }
    drop(questions);
    assert!(answers.next().is_none());
    assert!(child.wait().expect("an end").success());
}

/// A program of one's own has them for its own events; `key` asks for no event.
#[test]
fn a_program_of_ones_own_has_the_commands() {
    let ran = own(&["key"], br#"{"type": "CourseKey", "input": "a/b/c"}"#);
    assert_eq!(ran.code, Some(0));
    let ran = own(&["decode"], br#"{"event_type": "org.example.none.v1", "avro_hex": ""}"#);
    assert_eq!(ran.code, Some(1));
}
