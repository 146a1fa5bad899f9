//! The examples of `docs/command-line.md` that look at a bus in a file print what the page says.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

/// The headings of the sections whose examples run, one after the other.
const SECTIONS: [&str; 2] = ["## The event bus", "### Looking"];

/// The commands of a page's section and what it says that they print.
fn examples(page: &str, heading: &str) -> Vec<(String, Vec<String>)> {
    let section = page.split_once(&format!("{heading}\n")).expect("the section").1;
    let section = section.split("\n#").next().unwrap_or_default();
    let mut examples: Vec<(String, Vec<String>)> = Vec::new();
    for block in section.split("```console\n").skip(1) {
        for line in block.split("```").next().unwrap_or_default().lines() {
            match (line.strip_prefix("$ "), examples.last_mut()) {
                (Some(command), _) => examples.push((command.to_owned(), Vec::new())),
                (None, Some((_, printed))) => printed.push(line.to_owned()),
                (None, None) => {}
            }
        }
    }
    examples
}

/// The words of a line without ages, which differ each time, and the width of columns with them.
fn words(line: &str) -> Vec<&str> {
    let words: Vec<_> = line.split_whitespace().collect();
    let is_age = |place: usize| {
        let is_unit = |word: &&&str| matches!(word.trim_end_matches([',', ';', ')']), "s" | "min" | "h");
        words[place].parse::<u64>().is_ok() && words.get(place + 1).as_ref().is_some_and(is_unit)
    };
    words.iter().enumerate().map(|(place, word)| if is_age(place) { "AGE" } else { word }).collect()
}

#[test]
fn the_page_shows_what_the_commands_print() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository");
    let page = fs::read_to_string(root.join("docs/command-line.md")).expect("the page");
    let folder = TempDir::new().expect("a folder");
    symlink(root.join("tests"), folder.path().join("tests")).expect("a link");
    fs::create_dir(folder.path().join("bin")).expect("a folder");
    symlink(env!("CARGO_BIN_EXE_shipped-cli"), folder.path().join("bin/openedx-events")).expect("a link");
    let path =
        format!("{}:{}", folder.path().join("bin").display(), std::env::var("PATH").unwrap_or_default());
    let mut number = 0;
    for (command, expected) in SECTIONS.iter().flat_map(|heading| examples(&page, heading)) {
        if command.starts_with("export ") {
            assert_eq!(command, "export EVENT_BUS_URL=sqlite:events.db");
            continue;
        }
        let mut shell = Command::new("sh");
        shell.args(["-c", &format!("{{ {command}\n}} 2>&1")]).current_dir(folder.path());
        shell.env("PATH", &path).env("EVENT_BUS_URL", "sqlite:events.db");
        let printed = shell.output().expect("a shell").stdout;
        let printed = String::from_utf8(printed).expect("UTF-8");
        let (printed, expected): (Vec<_>, Vec<_>) =
            (printed.lines().map(words).collect(), expected.iter().map(|line| words(line)).collect());
        assert_eq!(printed, expected, "{command}");
        number += 1;
    }
    assert!(number > 8, "only {number} examples");
}
