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

/// The targets of the links.
fn links(page: &str) -> Vec<String> {
    let prose: Vec<_> = prose(page).map(str::trim).collect();
    let prose = prose.join(" ");
    prose.split("](").skip(1).filter_map(|rest| Some(rest.split_once(')')?.0.replace(' ', ""))).collect()
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
