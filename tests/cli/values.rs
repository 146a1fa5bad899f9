//! Input that is not one JSON value per line, and files as editors and shells on Windows write them.

use std::fs;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::EVENTS;
use crate::process::shipped;

/// Some events, as lines and formatted for people.
fn events(count: usize) -> (Vec<String>, Vec<String>) {
    let file = fs::read_to_string(EVENTS).expect("the file");
    let lines: Vec<_> = file.lines().take(count).map(str::to_owned).collect();
    let pretty = |line: &String| {
        let value: Value = serde_json::from_str(line).expect("JSON");
        serde_json::to_string_pretty(&value).expect("JSON")
    };
    let formatted = lines.iter().map(pretty).collect();
    (lines, formatted)
}

/// The numbers of the lines in a report, with their outcomes.
fn outcomes(stdout: &str) -> Vec<(usize, &str)> {
    stdout
        .lines()
        .map(|line| {
            let mut words = line.split(' ');
            let number = words.next().and_then(|number| number.parse().ok()).expect("a number");
            (number, words.next().expect("an outcome"))
        })
        .collect()
}

#[test]
fn a_formatted_file_is_sent() {
    let (lines, formatted) = events(3);
    let input = [formatted[0].as_str(), "", &lines[1], &formatted[2]].join("\n");
    let second = formatted[0].lines().count() + 2;
    for input in [input.clone(), input.replace('\n', "\r\n")] {
        let ran = shipped(&["send"], input.as_bytes());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), "3 sent, 0 bad lines, 0 failed\n"));
        assert_eq!(outcomes(&ran.stdout), [(1, "ok"), (second, "ok"), (second + 1, "ok")]);
    }
}

#[test]
fn an_error_in_a_formatted_file_is_one_with_its_line() {
    let (lines, formatted) = events(3);
    let wrong = formatted[1].replacen("\"source\": ", "\"source\"; ", 1);
    let at = formatted[1].lines().position(|line| line.contains("\"source\"")).expect("it has one");
    let input = [&lines[0], &wrong, &lines[2], &formatted[0]].map(String::as_str).join("\n");
    let ran = shipped(&["send"], input.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), "3 sent, 1 bad line, 0 failed\n"));
    let third = 2 + wrong.lines().count();
    assert_eq!(outcomes(&ran.stdout), [(1, "ok"), (2, "bad"), (third, "ok"), (third + 1, "ok")]);
    let expected = format!("2 bad not JSON: expected `:` at line {} column ", 2 + at);
    assert!(ran.lines()[1].starts_with(&expected), "{expected}: {}", ran.lines()[1]);
}

#[test]
fn a_line_that_is_cut_off_takes_none_along() {
    let (lines, _) = events(3);
    for cut in (1..lines[0].len()).filter(|cut| lines[0].is_char_boundary(*cut)).step_by(7) {
        let input = [&lines[1], &lines[0][..cut], &lines[2], &lines[1]].join("\n");
        let ran = shipped(&["send"], input.as_bytes());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), "3 sent, 1 bad line, 0 failed\n"), "{cut}");
        assert_eq!(outcomes(&ran.stdout), [(1, "ok"), (2, "bad"), (3, "ok"), (4, "ok")]);
    }
}

#[test]
fn a_list_is_one_bad_line() {
    let (_, formatted) = events(2);
    let all: Vec<Value> = formatted.iter().map(|event| serde_json::from_str(event).expect("JSON")).collect();
    let list = serde_json::to_string_pretty(&all).expect("JSON");
    let ran = shipped(&["send"], list.as_bytes());
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(1), "0 sent, 1 bad line, 0 failed\n"));
    assert!(ran.stdout.contains("take the events of a batch one at a time"), "{}", ran.stdout);
}

#[test]
fn requests_may_be_formatted() {
    let event_type = "org.openedx.enterprise.enterprise_group.deleted.v1";
    let record = json!({"enterprise_group": {"uuid": "a8098c1a-f86e-11da-bd1a-00112444be1e"}});
    let pretty = |value: &Value| serde_json::to_string_pretty(value).expect("JSON");
    let encode = pretty(&json!({"event_type": event_type, "record": record}));
    let answers = |command: &str, input: &str| shipped(&[command], input.as_bytes()).json_lines();
    let encoded = answers("encode", &format!("{encode}\n{encode}"));
    assert_eq!(encoded.len(), 2, "{encoded:?}");
    let decode = pretty(&json!({"event_type": event_type, "avro_hex": encoded[0]["avro_hex"]}));
    assert_eq!(answers("decode", &decode), [json!({"record": record})]);
    let key = pretty(&json!({"type": "CourseKey", "input": "a/b/c"}));
    assert_eq!(answers("key", &key)[0]["str"], "a/b/c");

    // The place is that in the file, or the member.
    let wrong = answers("key", &format!("\n{}", key.replacen("\"type\": ", "\"type\" ", 1)));
    let at = key.lines().position(|line| line.contains("\"type\"")).expect("it has one") + 2;
    let error = wrong[0]["error"].as_str().expect("an error");
    assert!(
        error.starts_with(&format!("line 2: not a JSON object: expected `:` at line {at} column ")),
        "{error}"
    );
    let wrong = answers("encode", &format!("\n{}", encode.replace("\"a8098c1a", "\"?8098c1a")));
    let error = wrong[0]["error"].as_str().expect("an error");
    assert!(
        error.starts_with("line 2: `record`: `enterprise_group.uuid`: ") && !error.contains(" column "),
        "{error}"
    );
}

/// Another program may send an event, wait for its outcome and go on, however it formats events.
#[test]
fn each_outcome_comes_before_the_next_event() {
    let (lines, formatted) = events(5);
    let mut child = Command::new(env!("CARGO_BIN_EXE_shipped-cli"))
        .arg("send")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let mut events = child.stdin.take().expect("a pipe");
    let mut outcomes = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let mut line = 1;
    for event in lines.iter().chain(&formatted).chain(&[lines[0][..100].to_owned()]) {
        writeln!(events, "{event}").expect("it is read");
        let outcome = outcomes.next().expect("an outcome").expect("text");
        assert!(outcome.starts_with(&format!("{line} ")), "{outcome}");
        line += event.lines().count();
    }
    drop(events);
    assert!(outcomes.next().is_none());
    assert_eq!(child.wait().expect("an end").code(), Some(1));
}

#[test]
fn a_byte_order_mark_is_passed_over() {
    let (lines, formatted) = events(1);
    for event in [&lines[0], &formatted[0]] {
        let ran = shipped(&["send"], format!("\u{feff}{event}").as_bytes());
        assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    }
    let ran = shipped(&["key"], "\u{feff}{\"type\": \"CourseKey\", \"input\": \"a/b/c\"}".as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
}

#[test]
fn utf_16_is_refused_with_its_remedy() {
    let (lines, _) = events(2);
    for bytes in [u16::to_le_bytes as fn(u16) -> [u8; 2], u16::to_be_bytes] {
        let text = format!("\u{feff}{}", lines.join("\r\n"));
        let input: Vec<u8> = text.encode_utf16().flat_map(bytes).collect();
        for command in ["send", "key", "encode", "decode"] {
            let ran = shipped(&[command], &input);
            assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
            let expected = "error: cannot read standard input: it is UTF-16: save it as UTF-8, in PowerShell with `-Encoding utf8`\n";
            assert!(ran.stderr.ends_with(expected), "{}", ran.stderr);
        }
    }
}
