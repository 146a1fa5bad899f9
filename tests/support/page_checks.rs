//! Checks of the README and of `docs/` as their readers see them, beside the examples that `doc_pages.rs` runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The pages by their paths, without the generated catalog.
fn pages() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the repository");
    let folders = ["docs", "docs/how-to", "docs/decisions"].map(|folder| root.join(folder));
    let files = folders.iter().flat_map(|folder| fs::read_dir(folder).expect("a folder of pages"));
    let found = files.map(|file| file.expect("a file").path());
    [root.join("README.md"), root.join("CHANGELOG.md")]
        .into_iter()
        .chain(found.filter(|path| path.extension().is_some_and(|extension| extension == "md")))
        .filter(|path| !path.ends_with("catalog.md"))
        .map(|path| (path.clone(), fs::read_to_string(path).expect("a page")))
        .collect()
}

/// The lines outside of code blocks.
fn prose(page: &str) -> impl Iterator<Item = &str> {
    let mut is_code = false;
    page.lines().filter(move |line| {
        let is_fence = line.starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    })
}

/// The anchors that GitHub gives to headings.
fn anchors(page: &str) -> Vec<String> {
    let headings = prose(page).filter(|line| line.starts_with('#'));
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    headings
        .map(|heading| heading.trim_start_matches('#').trim().to_lowercase())
        .map(|heading| heading.chars().filter(kept).collect::<String>().replace(' ', "-"))
        .collect()
}

/// The targets of the links, those inside the text and those that stand at the end of the page.
fn links(page: &str) -> Vec<String> {
    let lines: Vec<_> = prose(page).map(str::trim).collect();
    let at_the_end =
        lines.iter().filter_map(|line| Some(line.strip_prefix('[')?.split_once("]: ")?.1.to_owned()));
    let text = lines.join(" ");
    let inside = text.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.replace(' ', "")));
    inside.chain(at_the_end).collect()
}

/// The files of a folder and of all folders in it.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// The arguments of each call of a logging macro in a source file.
fn logged(source: &str) -> impl Iterator<Item = &str> {
    ["error", "warn", "info", "debug", "trace"].into_iter().flat_map(|level| {
        let call = format!("tracing::{level}!(");
        source.match_indices(&call).map(|(place, call)| &source[place + call.len()..]).collect::<Vec<_>>()
    })
}

/// The beginning of the message, up to what depends on the event: the first literal that is not a value of a field.
fn beginning_of_message(arguments: &str) -> String {
    let arguments = arguments.split(";\n").next().unwrap_or_default();
    let is_message = |literal: &&str| literal.contains(' ');
    let message = arguments.split('"').skip(1).step_by(2).find(is_message).unwrap_or_default();
    message.split(['{', '\\', ':', ';', ',']).next().unwrap_or_default().trim().to_owned()
}

/// Each test that the page on reliability names is there.
#[test]
fn the_tests_of_the_fault_table_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/reliability.md")).expect("the page");
    let cells = prose(&page).filter(|line| line.starts_with('|')).filter_map(|line| line.rsplit('|').nth(1));
    let names: Vec<_> = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2)).collect();
    assert!(names.len() > 60, "only {} tests are named", names.len());
    let missing: Vec<_> = names.into_iter().filter(|name| !is_test(&root, name)).collect();
    assert!(missing.is_empty(), "tests that do not exist: {missing:#?}");
}

/// Whether there is a test of this path: `room::file::test`, or a behaviour of the suite.
fn is_test(root: &Path, path: &str) -> bool {
    let Some((file, name)) = path.rsplit_once("::") else { return false };
    let (folder, file) = match file.strip_prefix("bus::suite::") {
        Some(file) => ("openedx-events/src/bus/suite", file.to_owned()),
        None => ("tests", file.replace("::", "/")),
    };
    let Ok(source) = fs::read_to_string(root.join(folder).join(file).with_extension("rs")) else {
        return false;
    };
    source.contains(&format!("fn {name}("))
}

#[test]
fn relative_links_lead_somewhere() {
    let pages = pages();
    let mut broken = Vec::new();
    for (path, page) in &pages {
        for link in links(page).iter().filter(|link| !link.starts_with("https://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.with_file_name(file) };
            let Ok(target) = target.canonicalize() else {
                broken.push(format!("{}: {link}", path.display()));
                continue;
            };
            if let Some(page) = pages.get(&target)
                && !anchor.is_empty()
                && !anchors(page).iter().any(|known| known == anchor)
            {
                broken.push(format!("{}: {link}", path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "broken links:\n{}", broken.join("\n"));
}

/// A line that rustdoc would hide shows on a page, and a reader would copy an example without it.
#[test]
fn examples_have_no_hidden_lines() {
    for (path, page) in pages() {
        for example in page.split("\n```rust").skip(1) {
            let code = example.split("\n```").next().unwrap_or_default();
            let hidden = code.lines().find(|line| *line == "#" || line.starts_with("# "));
            assert_eq!(hidden, None, "{}", path.display());
        }
    }
}

/// Operators search the page for the line that they see.
#[test]
fn every_log_message_is_on_the_page_about_logging() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/logging.md")).expect("the page");
    let mut missing = Vec::new();
    let mut found = 0;
    for path in files_below(&root.join("openedx-events/src")) {
        let source = fs::read_to_string(&path).expect("a source file");
        for message in logged(&source).map(beginning_of_message).filter(|message| !message.is_empty()) {
            found += 1;
            if !page.contains(&message) {
                missing.push(format!("{}: {message}", path.display()));
            }
        }
    }
    assert!(found > 30, "{found} messages were found");
    assert!(missing.is_empty(), "not in docs/logging.md:\n{}", missing.join("\n"));
}
