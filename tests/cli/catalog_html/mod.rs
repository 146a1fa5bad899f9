//! `docs --format html`: the reference as a page with a search.

mod browser;
mod in_browser;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{own, shipped};

/// A page in a folder of its own.
struct Page {
    /// Removed with the page.
    _folder: TempDir,
    path: PathBuf,
    html: String,
}

impl Page {
    /// Of the shipped catalog.
    fn new(args: &[&str]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("events.html");
        let out = path.to_str().expect("a path");
        let ran = shipped(
            &[&["docs", "--format", "html", "--title", "The events of Open edX", "--out", out], args]
                .concat(),
            b"",
        );
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let html = fs::read_to_string(&path).expect("the page");
        Self { _folder: folder, path, html }
    }

    /// The texts of the elements that begin so, without their entities.
    fn texts(&self, start: &str) -> Vec<String> {
        let rest = self.html.split(start).skip(1);
        rest.map(|rest| rest.split('<').next().unwrap_or_default())
            .map(|text| text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
            .collect()
    }
}

#[test]
fn all_events_are_on_a_small_page() {
    let page = Page::new(&[]);
    println!("the page of 75 events has {} bytes", page.html.len());
    assert!(page.html.len() < 400_000, "{}", page.html.len());
    let listed = shipped(&["list", "--format", "json"], b"").json_lines();
    assert_eq!(listed.len(), 75);
    for event in &listed {
        let id = format!("<article id={}", event["type"]);
        assert_eq!(page.html.matches(&id).count(), 1, "{id}");
    }
    assert_eq!(page.html.matches("<article ").count(), listed.len());
    // The script is the only one, and nothing is loaded.
    for forbidden in [" src=", "<link", "@import", "url(", "http-equiv=refresh", " style="] {
        assert!(!page.html.contains(forbidden), "{forbidden}");
    }
}

#[test]
fn every_example_is_an_event_that_send_and_encode_take() {
    let examples = Page::new(&[]).texts("<pre data-is=example>");
    assert_eq!(examples.len(), 75);
    let events: Vec<Value> =
        examples.iter().map(|example| serde_json::from_str(example).expect("JSON")).collect();
    let ids: BTreeSet<_> = events.iter().map(|event| event["id"].as_str().expect("a text")).collect();
    assert_eq!(ids.len(), 75, "an id is used twice");

    let ran = shipped(&["send"], examples.join("\n").as_bytes());
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert_eq!(ran.stderr, "75 sent, 0 bad lines, 0 failed\n");

    let requests: Vec<_> = events
        .iter()
        .map(|event| json!({"event_type": event["type"], "record": event["data"]}).to_string())
        .collect();
    let encoded = shipped(&["encode"], requests.join("\n").as_bytes());
    let listed = shipped(&["list", "--format", "json"], b"").json_lines();
    let mut decode = Vec::new();
    for (event, answer) in events.iter().zip(encoded.json_lines()) {
        let listed = listed.iter().find(|listed| listed["type"] == event["type"]).expect("it is listed");
        match (listed["on_bus"].as_bool(), answer["avro_hex"].as_str()) {
            (Some(true), Some(bytes)) => {
                decode.push((
                    json!({"event_type": event["type"], "avro_hex": bytes}).to_string(),
                    &event["data"],
                ));
            }
            (Some(false), None) => {}
            other => panic!("{}: {other:?} {answer}", event["type"]),
        }
    }
    let lines: Vec<_> = decode.iter().map(|(line, _)| line.as_str()).collect();
    let decoded = shipped(&["decode"], lines.join("\n").as_bytes()).json_lines();
    assert_eq!(decoded.len(), 73);
    for (answer, (line, data)) in decoded.iter().zip(&decode) {
        assert_eq!(answer["record"], **data, "{line}");
    }
}

#[test]
fn the_page_is_the_same_in_every_run() {
    assert!(Page::new(&[]).html == Page::new(&[]).html);
}

#[test]
fn the_releases_that_brought_events_are_those_of_upstreams_changelog() {
    let page = Page::new(&[]);
    for (event_type, since) in [
        (
            "org.openedx.learning.course.enrollment.created.v1",
            "openedx-events 9.0.0 or earlier; minor version 0",
        ),
        ("org.openedx.analytics.tracking.event.emitted.v1", "openedx-events 9.1.0; minor version 0"),
        ("org.openedx.enterprise.enterprise_group.deleted.v1", "openedx-events 10.4.0; minor version 0"),
        ("org.openedx.authz.role_assignment.created", "openedx-events 11.2.0; minor version 0"),
    ] {
        let article = page.html.split(&format!("<article id=\"{event_type}\"")).nth(1).expect("it is there");
        let fact = article.split("<dt>Since<dd>").nth(1).and_then(|rest| rest.split('\n').next());
        assert_eq!(fact, Some(since), "{event_type}");
    }
}

/// What the program of a user has, and what another program says.
#[test]
fn a_program_of_ones_own_shows_its_receivers_and_escapes_its_texts() {
    let ran = own(&["docs", "--format", "html", "--title", "<b>Shop & more</b>"], b"");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert!(ran.stdout.contains("<title>&lt;b&gt;Shop &amp; more&lt;/b&gt;</title>"));
    assert!(
        ran.stdout.contains("<dt>Received by<dd>this program: <code>")
            || ran.stdout.contains("<li>this program: <code>"),
        "{}",
        ran.stdout
    );
    assert!(ran.stdout.contains("Payment or null: <code>card</code>, <code>account</code>"));
    // Not an event of upstream.
    assert!(ran.stdout.contains("<dt>Since<dd>minor version 0"));
}
