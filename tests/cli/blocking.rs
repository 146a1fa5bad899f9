//! Receivers that block: `blocking_cli.rs`.

use std::io::Write as _;

use crate::process::blocking;

fn event(event_type: &str, data: &str) -> String {
    let id = "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f";
    format!(r#"{{"specversion":"1.0","type":"{event_type}","id":"{id}","source":"desk","data":{data}}}"#)
        + "\n"
}

#[test]
fn sync_receivers_may_block_on_futures_and_tasks() {
    let drawer = event("org.example.desk.drawer.opened.v1", r#"{"number":1}"#);
    let ran = blocking(&["send"], drawer.repeat(2).as_bytes());
    assert_eq!((ran.code, &*ran.stderr), (Some(0), "2 sent, 0 bad lines, 0 failed\n"), "{}", ran.stdout);
    assert!(ran.lines().iter().all(|line| line.ends_with(" 4 receivers")), "{}", ran.stdout);
}

#[test]
fn receivers_may_read_standard_input() {
    let question = event("org.example.desk.question.asked.v1", r#"{"words":"Tea?"}"#);
    let mut file = tempfile::NamedTempFile::new().expect("a file");
    file.write_all(question.as_bytes()).expect("written");

    let ran = blocking(&["send", file.path().to_str().expect("UTF-8")], b"yes, please\n");
    assert_eq!((ran.code, &*ran.stderr), (Some(0), "1 sent, 0 bad lines, 0 failed\n"));
    assert_eq!(ran.lines()[0], "Tea? yes, please");

    // The events are read from there too: the answer is what comes next.
    let ran = blocking(&["send"], format!("{question}no\n{question}later").as_bytes());
    assert_eq!((ran.code, &*ran.stderr), (Some(0), "2 sent, 0 bad lines, 0 failed\n"));
    assert_eq!((ran.lines()[0], ran.lines()[2]), ("Tea? no", "Tea? later"));
}

#[test]
fn commands_run_while_another_thread_reads_standard_input() {
    let ran = blocking(&["with-a-reader"], b"");
    assert_eq!(ran.code, Some(0));
    assert!(ran.lines().contains(&"org.example.desk.question.asked.v1"), "{}", ran.stdout);
}
