//! `schema`, `schema lock`, `schema check` and `schema diff`.

use std::fs;
use std::path::Path;

use openedx_events_tests::conformance;
use serde_json::{Value, json};
use tempfile::{TempDir, tempdir};

use crate::process::{own, shipped};
use crate::schemas::definition;

const LOCK: &str = "events.lock.json";
const PLACED: &str = "org.example.shop.order.placed.v1";
const BADGE: &str = "org.openedx.learning.badge.awarded.v1";

fn folder() -> TempDir {
    tempdir().expect("a folder")
}

/// A folder with the lock file of `own-cli`.
fn locked() -> TempDir {
    let folder = folder();
    let ran = own(folder.path(), &["lock", "--crate", "own_cli"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (Some(0), "2 events\nwrote events.lock.json\n"),
        "{}",
        ran.stderr
    );
    folder
}

/// Changes the event `PLACED` in the lock file, so that the program differs from it.
fn change(folder: &Path, change: impl FnOnce(&mut Value)) {
    let path = folder.join(LOCK);
    let mut lock: Value = serde_json::from_str(&fs::read_to_string(&path).expect("the file")).expect("JSON");
    let events = lock["events"].as_array_mut().expect("a list");
    let event = events.iter_mut().find(|event| event["event_type"] == PLACED).expect("the event");
    change(event);
    event["fingerprint"] = definition(&event["schema"]).fingerprint().to_string().into();
    fs::write(&path, lock.to_string()).expect("the folder takes it");
}

fn add_field(event: &mut Value) {
    let fields = event["schema"]["fields"].as_array_mut().expect("the fields");
    fields.insert(0, json!({"name": "shop", "type": "string"}));
}

#[test]
fn schemas_are_upstreams_files() {
    let folder = folder();
    let file =
        |event_type: &str| conformance::file(&format!("schemas/{}.avsc", event_type.replace('.', "+")));
    let ran = shipped(folder.path(), &[BADGE]);
    assert_eq!((ran.code, ran.stdout), (Some(0), file(BADGE)));
    let other = "org.openedx.enterprise.subsidy.redemption-reversed.v1";
    let ran = shipped(folder.path(), &[other, BADGE]);
    assert_eq!(ran.stdout, file(other) + &file(BADGE));
    assert_eq!(fs::read_dir(folder.path()).expect("the folder").count(), 0);
}

#[test]
fn all_schemas_into_a_folder() {
    let folder = folder();
    let ran = shipped(folder.path(), &["--all", "--out", "some/where"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(ran.stdout.lines().count(), 73);
    let expected = conformance::folder().join("schemas");
    let mut names = Vec::new();
    for file in fs::read_dir(folder.path().join("some/where")).expect("the folder") {
        let path = file.expect("a file").path();
        let name = path.file_name().expect("a name").to_owned();
        assert_eq!(fs::read(&path).expect("a file"), fs::read(expected.join(&name)).expect("upstream's"));
        names.push(name);
    }
    assert_eq!(names.len(), 73);
}

#[test]
fn types_that_have_no_schema() {
    let folder = folder();
    let without = "org.openedx.learning.user.course_access_role.add.v1";
    let ran = shipped(folder.path(), &[without, BADGE]);
    assert_eq!(ran.code, Some(1));
    assert!(
        ran.stderr.contains("did you mean `org.openedx.learning.user.course_access_role.added.v1`"),
        "{}",
        ran.stderr
    );
    assert!(ran.stdout.contains(BADGE), "the others are shown");
    let in_process = "org.openedx.content_authoring.course.certificate_config.changed.v1";
    let ran = shipped(folder.path(), &[in_process]);
    assert_eq!((ran.code, ran.stdout.as_str()), (Some(1), ""));
    assert!(ran.stderr.contains("has no schema: it holds pictures of signatures"), "{}", ran.stderr);
    for args in [&[][..], &["--all", BADGE], &["check", "--mode", "forwards"], &["lock", "--reason", ""]] {
        assert_eq!(shipped(folder.path(), args).code, Some(2), "{args:?}");
    }
}

#[test]
fn a_lock_is_written_and_kept_up_to_date() {
    let folder = locked();
    let path = folder.path().join(LOCK);
    let text = fs::read_to_string(&path).expect("the file");
    assert!(text.starts_with("{\n  \"format\": 1,\n  \"mode\": \"forward_transitive\",\n"), "{text}");
    assert!(text.contains("  \"crates\": [\"own_cli\"],\n"), "{text}");
    assert!(!text.contains("org.openedx"), "{text}");
    let again = own(folder.path(), &["lock"]);
    assert!(
        again.stdout.starts_with("events.lock.json is up to date: 2 events, 0 changes"),
        "{}",
        again.stdout
    );
    assert_eq!(fs::read_to_string(&path).expect("the file"), text);
    // A mode is the lock file's from then on.
    let ran = own(folder.path(), &["lock", "--mode", "full", "--readers", "rust,python-redis"]);
    assert_eq!(ran.code, Some(0));
    let ran = own(folder.path(), &["check"]);
    assert_eq!(ran.stdout, "2 events, 0 changes, 0 breaking, 0 waived (full for rust, python-redis)\n");
}

#[test]
fn a_lock_of_some_crates_forgets_the_others() {
    let folder = folder();
    let ran = own(folder.path(), &["lock"]);
    assert_eq!(ran.stdout, "75 events\nwrote events.lock.json\n");
    let ran = own(folder.path(), &["lock", "--crate", "own_cli", "--crate", "own_cli"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    let text = fs::read_to_string(folder.path().join(LOCK)).expect("the file");
    assert!(text.contains("  \"crates\": [\"own_cli\"],\n") && !text.contains("org.openedx"), "{text}");
    let ran = own(folder.path(), &["lock", "--lock", "none.json", "--crate", "nobody"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("there are no events that can go on the event bus"), "{}", ran.stderr);
}

#[test]
fn an_annotation_is_one_line_whatever_it_reports() {
    let folder = locked();
    change(folder.path(), |event| {
        event["minor_version"] = json!(2);
        let payment = &mut event["schema"]["fields"][1]["type"][1];
        payment["symbols"] = json!(["card", "account", "100 %\n::error::x"]);
    });
    let ran = own(folder.path(), &["check", "--mode", "backward", "--format", "github"]);
    let expected = "title=ENUM_SYMBOL_REMOVED::org.example.shop.order.placed.v1 payment: `100 %25\\n::error::x` was removed";
    assert!(ran.stdout.contains(expected), "{}", ran.stdout);
    assert_eq!(ran.stdout.lines().count(), 1);
}

#[test]
fn what_breaks_is_refused_without_a_reason() {
    let folder = locked();
    change(folder.path(), add_field);
    let before = fs::read(folder.path().join(LOCK)).expect("the file");
    let ran = own(folder.path(), &["lock"]);
    assert_eq!(ran.code, Some(1));
    assert!(ran.stdout.contains("breaking: FIELD_REMOVED_WITHOUT_DEFAULT shop"), "{}", ran.stdout);
    assert!(
        ran.stderr.contains("events.lock.json was not changed: revert the breaking changes"),
        "{}",
        ran.stderr
    );
    assert_eq!(fs::read(folder.path().join(LOCK)).expect("the file"), before);

    let ran = own(folder.path(), &["lock", "--reason", "one shop is left"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.ends_with("wrote events.lock.json\n"), "{}", ran.stdout);
    let lock: Value =
        serde_json::from_slice(&fs::read(folder.path().join(LOCK)).expect("the file")).expect("JSON");
    let rules: Vec<_> = conformance::list(&lock["waivers"]).iter().map(|waiver| &waiver["rule"]).collect();
    assert_eq!(rules, ["FIELD_REMOVED_WITHOUT_DEFAULT", "MINOR_VERSION_NOT_RAISED"]);
    assert_eq!(lock["waivers"][0]["reason"], "one shop is left");
    let ran = own(folder.path(), &["check", "--locked"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert!(ran.stdout.starts_with("2 events, 0 changes, 0 breaking, 1 waived"), "{}", ran.stdout);
}

#[test]
fn check_reports_what_breaks_as_text() {
    let folder = locked();
    change(folder.path(), add_field);
    let ran = own(folder.path(), &["check"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.stdout,
        "\
org.example.shop.order.placed.v1
  breaking: FIELD_REMOVED_WITHOUT_DEFAULT shop
    was string, had no default
    breaks backward for python-redis; forward for rust, python-kafka, python-redis
  breaking: MINOR_VERSION_NOT_RAISED
    was 3, is 3: raise `minor_version = …` of `#[signal]`
2 events, 2 changes, 2 breaking, 0 waived (forward_transitive for rust, python-kafka, python-redis)
"
    );
    // Whom nobody reads by cannot be broken.
    change(folder.path(), |event| event["minor_version"] = json!(2));
    assert_eq!(own(folder.path(), &["check", "--mode", "backward", "--readers", "rust"]).code, Some(0));
    assert_eq!(own(folder.path(), &["check", "--mode", "positional"]).code, Some(1));
}

#[test]
fn check_reports_what_breaks_as_json() {
    let folder = locked();
    change(folder.path(), add_field);
    let ran = own(folder.path(), &["check", "--format", "json"]);
    assert_eq!(ran.code, Some(1));
    let report: Value = serde_json::from_str(&ran.stdout).expect("one document");
    assert_eq!(report["ok"], false);
    assert_eq!(report["current"], false);
    assert_eq!(report["mode"], "forward_transitive");
    assert_eq!(report["readers"], json!(["rust", "python-kafka", "python-redis"]));
    assert_eq!(report["events"], 2);
    assert_eq!(report["unused_waivers"], json!([]));
    let change = &report["changes"][0];
    assert_eq!(change["event_type"], PLACED);
    assert_eq!(change["rule"], "FIELD_REMOVED_WITHOUT_DEFAULT");
    assert_eq!(change["path"], "shop");
    assert_eq!(
        change["breaks"],
        json!({"backward": ["python-redis"], "forward": ["rust", "python-kafka", "python-redis"]})
    );
    assert_eq!(change["outcome"], "breaking");
    assert_eq!(change["reason"], Value::Null);
    assert_eq!(change["pending"], true);
    assert_eq!(change["against"][0]["minor_version"], 3);
    assert_eq!(change["detail"], "was string, had no default");
}

#[test]
fn check_annotates_on_github() {
    let folder = locked();
    change(folder.path(), |event| {
        event["minor_version"] = json!(2);
        add_field(event);
    });
    // The source is not at hand in this folder, so that the lock file is what is annotated.
    let ran = own(folder.path(), &["check", "--format", "github"]);
    assert_eq!(ran.code, Some(1));
    assert_eq!(
        ran.stdout,
        "::error file=events.lock.json,line=1,title=FIELD_REMOVED_WITHOUT_DEFAULT::org.example.shop.order.placed.v1 \
         shop: was string, had no default; breaks backward for python-redis; forward for rust, python-kafka, \
         python-redis\n"
    );
    // Where it is, the declaration is.
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let lock = folder.path().join(LOCK);
    let args = ["check", "--format", "github", "--lock", lock.to_str().expect("UTF-8")];
    let found = [workspace.as_path(), Path::new(env!("CARGO_MANIFEST_DIR"))]
        .map(|from| own(from, &args).stdout)
        .into_iter()
        .find(|text| text.contains("own_cli.rs,line="));
    assert!(found.is_some_and(|text| text.starts_with("::error file=")));
}

#[test]
fn a_lock_that_is_out_of_date_fails_if_that_is_asked_for() {
    let folder = locked();
    change(folder.path(), |event| event["minor_version"] = json!(2));
    let ran = own(folder.path(), &["check"]);
    assert_eq!(ran.code, Some(0));
    assert!(ran.stdout.contains("change: MINOR_VERSION_CHANGED\n    2 became 3\n"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "events.lock.json is out of date: run `schema lock` and commit the file\n");
    assert_eq!(own(folder.path(), &["check", "--locked"]).code, Some(1));
    assert_eq!(own(folder.path(), &["lock"]).code, Some(0));
    assert_eq!(own(folder.path(), &["check", "--locked"]).code, Some(0));
}

#[test]
fn a_missing_or_damaged_lock_is_reported() {
    let folder = folder();
    let ran = own(folder.path(), &["check"]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.stderr.contains("create it with `openedx-events schema lock --lock events.lock.json`"),
        "{}",
        ran.stderr
    );
    fs::write(folder.path().join(LOCK), "{\"format\": 1,").expect("the folder takes it");
    for command in ["check", "lock", "diff"] {
        let ran = own(folder.path(), &[command]);
        assert_eq!(ran.code, Some(2), "{command}");
        assert!(ran.stderr.contains("events.lock.json: not JSON: "), "{}", ran.stderr);
    }
}

#[test]
fn diff_compares_locks_folders_and_the_program() {
    let folder = locked();
    assert_eq!(own(folder.path(), &["diff"]).stdout.lines().count(), 1);
    fs::copy(folder.path().join(LOCK), folder.path().join("new.json")).expect("a copy");
    change(folder.path(), add_field);
    for args in [&["diff"][..], &["diff", LOCK], &["diff", LOCK, "new.json"]] {
        let ran = own(folder.path(), args);
        assert_eq!(ran.code, Some(1), "{args:?}");
        assert!(ran.stdout.contains("breaking: FIELD_REMOVED_WITHOUT_DEFAULT shop"), "{}", ran.stdout);
    }
    // The other way round it is an insertion.
    let ran = own(folder.path(), &["diff", "new.json", LOCK, "--readers", "rust"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stdout);
    assert!(ran.stdout.contains("change: FIELD_ADDED_WITHOUT_DEFAULT shop"), "{}", ran.stdout);

    let schemas = conformance::folder().join("schemas");
    let ran = shipped(folder.path(), &["diff", schemas.to_str().expect("UTF-8")]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (
            Some(0),
            "73 events, 0 changes, 0 breaking, 0 waived (forward_transitive for rust, python-kafka, python-redis)\n"
        )
    );
    let ran = shipped(folder.path(), &["diff", "."]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(2), "error: . contains no `*.avsc` files\n"));
}

/// As editors on Windows write them.
#[test]
fn files_may_have_a_byte_order_mark() {
    let folder = locked();
    let mark = |name: &str| {
        let path = folder.path().join(name);
        let text = fs::read_to_string(&path).expect("the file");
        fs::write(&path, format!("\u{feff}{text}")).expect("the folder takes it");
    };
    mark(LOCK);
    assert_eq!(own(folder.path(), &["check", "--locked"]).code, Some(0));
    assert_eq!(own(folder.path(), &["diff"]).code, Some(0));
    let ran = own(folder.path(), &["lock"]);
    assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    assert!(ran.stdout.starts_with("events.lock.json is up to date"), "{}", ran.stdout);

    assert_eq!(own(folder.path(), &[PLACED, "--out", "schemas"]).code, Some(0));
    let schema = format!("schemas/{}.avsc", PLACED.replace('.', "+"));
    mark(&schema);
    for old in [schema.as_str(), "schemas"] {
        let ran = own(folder.path(), &["diff", old, old]);
        assert_eq!(ran.code, Some(0), "{}", ran.stderr);
    }
    let text = fs::read_to_string(folder.path().join(LOCK)).expect("the file");
    let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    fs::write(folder.path().join(LOCK), wide).expect("the folder takes it");
    let ran = own(folder.path(), &["check"]);
    assert_eq!(ran.code, Some(2));
    assert!(ran.stderr.contains("events.lock.json: it is UTF-16: save it as UTF-8"), "{}", ran.stderr);
}
