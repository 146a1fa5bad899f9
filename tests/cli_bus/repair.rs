//! The transcript in `docs/repair.md`: an operator finds what is wrong with a topic, and mends it.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use openedx_events::bus::{self, BusSettings, Header, Message, Topic};

use crate::fixture::{TOPIC, parcel};
use crate::lot::Lot;

/// Rewrites the page with what the commands print on a bus in a file.
const UPDATE: &str = "UPDATE_PAGES";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/repair.md")
}

/// A line without what differs each time: times, ages, ids, and the width of columns with them.
fn without_times(line: &str) -> String {
    let mut words: Vec<_> = line.split_whitespace().collect();
    if line.starts_with("yard ") || line.starts_with("TOPIC ") {
        // Behind the topic, the group and numbers are what only one of the buses can tell.
        words.truncate(5);
    }
    let is_number = |word: &str| {
        let number = word.trim_end_matches([',', ';', ')', ':']);
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
    };
    let shown = words.iter().enumerate().map(|(place, word)| {
        let before = place.checked_sub(1).and_then(|before| words.get(before)).copied();
        let after = words.get(place + 1).map(|after| after.trim_end_matches([',', ';', ')']));
        if word.contains('T') && word.contains("+00:00") {
            "TIME"
        } else if is_number(word) && matches!(after, Some("s" | "min" | "h")) {
            "AGE"
        } else if is_number(word) && (before == Some("entry") || (place == 0 && word.ends_with(':'))) {
            "ID"
        } else if before == Some("of") && after == Some("is") {
            // The last of several that run side by side.
            "NUMBER"
        } else {
            word
        }
    });
    shown.collect::<Vec<_>>().join(" ")
}

/// What is done before the commands of a section.
fn prepare(lot: &Lot, section: &str, block: usize) {
    // As in the environment of the page, or publishing would remove what is done.
    let settings = BusSettings::new().retention(Duration::from_hours(168));
    let bus = bus::open_with(&lot.url, &settings).expect("opened");
    let topic = Topic::new(TOPIC).expect("a topic");
    match (section, block) {
        ("A poison message", 0) => {
            let headers = vec![Header::new("type", "org.example.yard.parcel.left.v1")];
            let poison = Message { headers, payload: Some(vec![255; 3]) };
            bus.producer().expect("a producer").publish(&topic, &[poison]).expect("published");
        }
        ("A trimmed topic", 1) if lot.redis.is_some() => {
            let mut client = lot.redis.as_ref().expect("a server").client();
            redis::cmd("XTRIM").arg(&[TOPIC, "MAXLEN", "1"]).exec(&mut client).expect("trimmed");
        }
        ("A trimmed topic", 1) => {
            let entries = bus.browse(&topic, None, 1000).expect("read");
            let first: Vec<_> =
                entries[entries.len() - 3..].iter().take(2).map(|each| each.entry.clone()).collect();
            bus.admin().expect("an admin").remove(&topic, &first).expect("removed");
        }
        _ => {}
    }
}

/// Runs the page on a bus. Returns it with what the commands print.
fn walk(lot: &Lot, page: &str) -> String {
    let write = |name: &str, numbers: std::ops::RangeInclusive<i64>| {
        let lines: Vec<_> = numbers.map(|number| parcel(number, lot.folder())).collect();
        fs::write(lot.file(name), lines.join("\n") + "\n").expect("a file");
    };
    write("parcels.jsonl", 1..=4);
    write("more.jsonl", 5..=7);
    fs::create_dir(lot.file("bin")).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_bus-cli"), lot.file("bin/yard")).expect("a link");
    let path = format!("{}:{}", lot.file("bin").display(), std::env::var("PATH").unwrap_or_default());
    let (mut walked, mut section, mut block, mut is_console) = (String::new(), String::new(), 0, false);
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            (section, block) = (heading.to_owned(), 0);
        }
        if line == "```console" {
            prepare(lot, &section, block);
            (is_console, block) = (true, block + 1);
        } else if line == "```" {
            is_console = false;
        }
        let Some(command) = line.strip_prefix("$ ") else {
            if !is_console || line == "```console" {
                walked.push_str(line);
                walked.push('\n');
            }
            continue;
        };
        walked.push_str(line);
        walked.push('\n');
        if command.starts_with("export ") {
            continue;
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(lot.folder());
        shell.env("PATH", &path).env("EVENT_BUS_URL", &lot.url).env("EVENT_BUS_KEEP_DONE", "168h");
        let printed = shell.output().expect("a shell").stdout;
        walked.push_str(&String::from_utf8(printed).expect("UTF-8"));
    }
    walked
}

#[test]
fn an_operator_repairs_a_topic() {
    let text = fs::read_to_string(page()).expect("the page");
    for lot in Lot::each() {
        let walked = walk(&lot, &text);
        if std::env::var_os(UPDATE).is_some() && lot.redis.is_none() {
            fs::write(page(), walked).expect("the page");
            continue;
        }
        let lines = |text: &str| text.lines().map(without_times).collect::<Vec<_>>();
        let (printed, expected) = (lines(&walked), lines(&fs::read_to_string(page()).expect("the page")));
        for (printed, expected) in printed.iter().zip(&expected) {
            assert_eq!(printed, expected, "on {}; the whole: {walked}", lot.url);
        }
        assert_eq!(printed.len(), expected.len(), "{walked}");
    }
}
