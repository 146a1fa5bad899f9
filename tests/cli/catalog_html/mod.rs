//! `docs --format html`: the reference as a page with a search.

mod browser;
mod in_browser;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use openedx_events::evolution::Definition;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{Ran, filters, own, shipped};

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
        Self::of(|docs| shipped(docs, b""), args)
    }

    /// Of the program with filters.
    fn with_filters(args: &[&str]) -> Self {
        Self::of(|docs| filters(docs, ""), args)
    }

    fn of(program: impl Fn(&[&str]) -> Ran, args: &[&str]) -> Self {
        let folder = TempDir::new().expect("a folder");
        let path = folder.path().join("events.html");
        let out = path.to_str().expect("a path");
        let docs = ["docs", "--format", "html", "--title", "The events of Open edX", "--out", out];
        let ran = program(&[&docs, args].concat());
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        let html = fs::read_to_string(&path).expect("the page");
        Self { _folder: folder, path, html }
    }

    /// The number of articles, as the search says it.
    fn counted(&self) -> String {
        let (all, filters) = (self.number_of("<article "), self.number_of(" data-is=\"filter\""));
        let counted = |count, what| format!("{count} {what}{}", if count == 1 { "" } else { "s" });
        let events = counted(all - filters, "event");
        if filters == 0 { events } else { format!("{events} and {}", counted(filters, "filter")) }
    }

    /// What the page has, as its labels say it.
    fn contents(&self) -> &'static str {
        if self.number_of(" data-is=\"filter\"") == 0 { "events" } else { "events and filters" }
    }

    fn number_of(&self, part: &str) -> usize {
        self.html.matches(part).count()
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
    println!("the page of {} has {} bytes", page.counted(), page.html.len());
    let listed = shipped(&["list", "--format", "json"], b"");
    let (events, filters) = (listed.events(), listed.filters());
    assert_eq!(events.len(), 75);
    assert!(page.html.len() < 400_000 + 2_000 * filters.len(), "{}", page.html.len());
    let types = events.iter().map(|event| &event["type"]);
    for listed in types.chain(filters.iter().map(|filter| &filter["filter_type"])) {
        let id = format!("<article id={listed}");
        assert_eq!(page.number_of(&id), 1, "{id}");
    }
    assert_eq!(page.number_of("<article "), events.len() + filters.len());
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
    let listed = shipped(&["list", "--format", "json"], b"").events();
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

const PLACED: &str = "org.example.shop.order.placed.v1";
const CANCELLED: &str = "org.example.shop.order.cancelled.v1";

/// The part of a page that is about one event.
fn article<'a>(html: &'a str, event_type: &str) -> &'a str {
    let rest = html.split(&format!("<article id=\"{event_type}\"")).nth(1).expect("it is there");
    rest.split("</article>").next().expect("a part")
}

#[test]
fn what_has_changed_since_the_lock_file() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("shop.lock.json");
    let lock = path.to_str().expect("a path");
    let ran = own(&["schema", "lock", "--lock", lock, "--crate", "own_cli"], b"");
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    let page = || {
        let ran = own(&["docs", "--format", "html", "--lock", lock], b"");
        assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
        ran.stdout.replace("<wbr>", "")
    };
    let same = page();
    for event_type in [PLACED, CANCELLED] {
        let article = article(&same, event_type);
        assert!(article.contains(", as in <code>") && !article.contains("changed"), "{article}");
    }

    let mut locked: Value =
        serde_json::from_str(&fs::read_to_string(&path).expect("the file")).expect("JSON");
    let events = locked["events"].as_array_mut().expect("a list");
    events.retain(|event| event["event_type"] != CANCELLED);
    let placed = events.iter_mut().find(|event| event["event_type"] == PLACED).expect("the event");
    let fields = placed["schema"]["fields"].as_array_mut().expect("the fields");
    fields.insert(0, json!({"name": "shop", "type": "string"}));
    let definition: Definition = placed["schema"].to_string().parse().expect("a schema");
    placed["fingerprint"] = definition.fingerprint().to_string().into();
    fs::write(&path, locked.to_string()).expect("written");
    let changed = page();
    let placed = article(&changed, PLACED);
    assert!(placed.starts_with(" data-is=\"personal changed\""), "{placed}");
    assert!(placed.contains("<span class=\"mark bad\">breaking change</span>"), "{placed}");
    assert!(placed.contains("<code>FIELD_REMOVED_WITHOUT_DEFAULT</code> <code>shop</code>: "), "{placed}");
    assert!(article(&changed, CANCELLED).contains("<span class=\"mark new\">new</span>"));
    assert!(changed.contains("Changed<span class=vh> since the lock file</span></label>"));

    let ran = own(&["docs", "--format", "html", "--lock", "no/such.lock.json"], b"");
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
    assert!(ran.stderr.contains("no/such.lock.json"), "{}", ran.stderr);
    let ran = own(&["docs", "--lock", lock], b"");
    assert_eq!(ran.code, Some(2));
    assert_eq!(ran.stderr, "error: `--lock` is not shown in this format: pass `--format html`\n");
}

/// The lists of two other programs: one with other events, and one with another schema of ours.
#[test]
fn who_sends_and_receives_in_other_programs() {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("a path").to_owned()
    };
    let catalog = write("catalog.json", &shipped(&["list", "--format", "json"], b"").stdout);
    let line = json!({"type": PLACED, "signal": "ORDER_PLACED", "crate_name": "own_cli", "receivers": 2, "personal_data": true,
        "fingerprint": "0000000000000001", "source": "openedx/<mail>/web", "receiver_paths": ["mail::send", "mail::count"],
        "topics": ["orders"]});
    // As older programs list events.
    let older = json!({"type": CANCELLED, "signal": "ORDER_CANCELLED", "crate_name": "own_cli", "receivers": 1,
        "personal_data": false});
    let foreign = json!({"type": "org.example.post.letter.sent.v1", "signal": "LETTER_SENT", "crate_name": "post", "receivers": 0,
        "personal_data": true});
    let mail = write("mail.json", &format!("{line}\n\n{older}\n{foreign}\n"));
    let ran = own(&["docs", "--format", "html", "--merge", &catalog, "--merge", &mail], b"");
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    let html = ran.stdout.replace("<wbr>", "");
    assert!(html.contains("of this program and of catalog, openedx/&lt;mail&gt;/web."), "{html}");
    let placed = article(&html, PLACED);
    let other = " <span class=\"mark bad\">other schema</span> <code>0000000000000001</code>";
    assert!(
        placed.contains(&format!("<dt>Sent by<dd>openedx/&lt;mail&gt;/web, to <code>orders</code>{other}")),
        "{placed}"
    );
    let receivers =
        format!("<li>openedx/&lt;mail&gt;/web: <code>mail::send</code>, <code>mail::count</code>{other}");
    assert!(placed.contains(&receivers), "{placed}");
    assert!(article(&html, CANCELLED).contains("openedx/&lt;mail&gt;/web: 1 receiver"));
    // What this program does not have.
    let letter = article(&html, "org.example.post.letter.sent.v1");
    assert!(
        letter.contains("<h4>openedx/&lt;mail&gt;/web</h4>") && letter.contains("in <code>post</code>"),
        "{letter}"
    );
    assert!(html.contains("Only in other programs"));
}

#[test]
fn lists_that_cannot_be_merged_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("other.json");
    let place = path.to_str().expect("a path");
    let listed = r#"{"type":"a.b","signal":"A","crate_name":"c","receivers":0,"personal_data":false}"#;
    let remedy = "; write the file with `list --format json` of the other program\n";
    for (text, problem) in [
        (String::new(), "it has no events".to_owned()),
        (shipped(&["list"], b"").stdout, "line 1: not JSON: expected value at column 1".to_owned()),
        ("[]".to_owned(), "line 1: not an object".to_owned()),
        (format!("{listed}\n{{}}"), "line 2: `signal` is missing".to_owned()),
        (format!("{listed}\n{listed}"), "line 2: `a.b` is listed twice".to_owned()),
        (listed.replace("\"a.b\"", "1"), "line 1: `type`: expected a string".to_owned()),
        (listed.replace(":0", ":\"none\""), "line 1: `receivers`: expected a number".to_owned()),
        (listed.replace("false", "0"), "line 1: `personal_data`: expected true or false".to_owned()),
        (listed.replace('}', r#","topics":"t"}"#), "line 1: `topics`: expected a list of strings".to_owned()),
    ] {
        fs::write(&path, text).expect("written");
        let ran = own(&["docs", "--format", "html", "--merge", place], b"");
        assert_eq!((ran.code, ran.stdout.as_str()), (Some(2), ""));
        assert_eq!(ran.stderr, format!("error: `--merge`: {place}: {problem}{remedy}"));
    }
    fs::write(&path, b"\xff").expect("written");
    let ran = own(&["docs", "--format", "html", "--merge", place], b"");
    assert_eq!(ran.stderr, format!("error: cannot read {place}: not UTF-8: invalid byte at position 1\n"));
    let ran = own(&["docs", "--merge", place], b"");
    assert_eq!(
        (ran.code, &*ran.stderr),
        (Some(2), "error: `--merge` is not shown in this format: pass `--format html`\n")
    );
}
