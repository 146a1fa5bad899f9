//! Makes doc tests of the examples on the pages, so that a page shows only what its reader copies.
//!
//! Each page goes to `OUT_DIR` under its own path, where `doc_pages.rs` includes it. This changes in its Rust examples:
//!
//! - One that runs `check()` or a consumer gets a program of its own, as rustdoc puts others together, with all their
//!   receivers.
//! - Functions under `#[test]` are called by a `main`, as a doc test would leave them out.

use std::path::Path;
use std::{env, fs};

const PAGES: [&str; 12] = [
    "README.md",
    "docs/CONTRIBUTING.md",
    "docs/architecture.md",
    "docs/avro.md",
    "docs/command-line.md",
    "docs/event-bus.md",
    "docs/logging.md",
    "docs/macros.md",
    "docs/metrics.md",
    "docs/overview.md",
    "docs/schema-evolution.md",
    "docs/webhooks.md",
];

fn main() {
    let out = env::var("OUT_DIR").expect("cargo sets OUT_DIR");
    for page in PAGES {
        let source = Path::new("..").join(page);
        println!("cargo::rerun-if-changed={}", source.display());
        let text = fs::read_to_string(&source).unwrap_or_else(|error| panic!("{page}: {error}"));
        let target = Path::new(&out).join(page);
        fs::create_dir_all(target.parent().expect("a page is in a folder")).expect("OUT_DIR is writable");
        fs::write(target, doc_tests(&text)).expect("OUT_DIR is writable");
    }
}

/// The page, with its Rust examples made ready to run.
fn doc_tests(page: &str) -> String {
    let mut out = String::with_capacity(page.len());
    let mut rest = page;
    while let Some((before, from_fence)) = rest.split_once("```rust") {
        let (code, after) = from_fence.split_once("\n```").expect("an example ends");
        out.push_str(before);
        out.push_str("```rust");
        if ["check()", "EventConsumer"].iter().any(|registry| code.contains(registry)) {
            out.push_str(",standalone_crate");
        }
        out.push_str(&doc_test(code));
        out.push_str("\n```");
        rest = after;
    }
    out + rest
}

fn doc_test(code: &str) -> String {
    let tests = code.split("#[test]\nfn ").skip(1);
    let calls: Vec<_> = tests.filter_map(|test| Some(format!("{}();", test.split_once('(')?.0))).collect();
    if calls.is_empty() {
        return code.to_owned();
    }
    format!("{}\nfn main() {{ {} }}", code.replace("#[test]\n", ""), calls.join(" "))
}
