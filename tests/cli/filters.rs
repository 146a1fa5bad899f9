//! Filters in `list`, `describe` and `docs`: `filters_cli.rs`.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::process::{filters, own};

const LOAN: &str = "org.example.library.loan.started.v1";
const RECEIPT: &str = "org.example.library.receipt.requested.v1";
const SIGN: &str = "org.example.library.sign.requested.v1";

fn config(of_loan: &Value) -> String {
    json!({LOAN: of_loan}).to_string()
}

/// How the compiler names the file depends on where it was called.
fn placed(text: &str) -> String {
    text.replace("tests/cli/", "").replace("cli/filters_cli.rs", "filters_cli.rs")
}

#[test]
fn list_shows_filters_below_the_events() {
    let ran = filters(&["list"], "");
    assert_eq!(ran.code, Some(0));
    let lines = ran.lines();
    let at = |text: &str| lines.iter().position(|line| *line == text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("org.example.library.loan.created.v1") < at(LOAN));
    assert_eq!(lines[at(LOAN) + 1], "    filter LOAN_STARTED, filters_cli, 3 steps, halts with LoanHalt");
    assert_eq!(lines[at(RECEIPT) + 1], "    filter RECEIPT_REQUESTED, filters_cli, 1 step, async");
    assert_eq!(lines[at(SIGN) + 1], "    filter SIGN_REQUESTED, filters_cli, no steps");
    assert!(ran.stderr.contains("(filters_cli: 1 event, 0 receivers, 3 filters, 4 steps"), "{}", ran.stderr);
}

#[test]
fn list_says_what_the_settings_leave_out() {
    let config = config(&json!({"pipeline": ["filters_cli::count", "filters_cli::limit"]}));
    let ran = filters(&["list"], &config);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.lines().contains(&"    filter LOAN_STARTED, filters_cli, 2 steps and 1 off, halts with LoanHalt"),
        "{}",
        ran.stdout
    );
    let listed = filters(&["list", "--format", "json"], &config).filters();
    assert_eq!(
        listed[0],
        json!({
            "filter_type": LOAN,
            "filter": "LOAN_STARTED",
            "crate_name": "filters_cli",
            "is_async": false,
            "halts": "LoanHalt",
            "steps": 2,
            "source": null,
            "step_paths": ["filters_cli::count", "filters_cli::limit"],
            "steps_off": ["filters_cli::reference_books_stay"],
        })
    );
    let types: Vec<_> = listed.iter().map(|filter| filter["filter_type"].as_str().expect("a text")).collect();
    assert_eq!(types[..3], [LOAN, RECEIPT, SIGN]);
}

#[test]
fn describe_shows_fields_and_steps_in_the_order_in_which_they_run() {
    let ran = filters(&["describe", LOAN], "");
    assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
    assert_eq!(placed(&ran.stdout), include_str!("described_filter.txt"));
    // By its name.
    assert_eq!(filters(&["describe", "LOAN_STARTED"], "").stdout, ran.stdout);

    let of_async = filters(&["describe", RECEIPT], "").stdout;
    for line in ["Run by          run_filter_async", "Halts with      nothing: no step can halt a run"] {
        assert!(of_async.lines().any(|each| each == line), "{line}\n{of_async}");
    }
    assert!(
        placed(&of_async).contains("   1  filters_cli::translate (filters_cli.rs:87), async\n"),
        "{of_async}"
    );
    assert!(filters(&["describe", SIGN], "").stdout.ends_with("\n\nSteps: none\n"));
}

#[test]
fn describe_follows_the_settings() {
    let config = config(&json!({
        "pipeline": ["filters_cli::count", "filters_cli::limit"], "fail_silently": false, "most_days": 7,
    }));
    let text = placed(&filters(&["describe", LOAN], &config).stdout);
    let steps = "
Steps, in order
   1  filters_cli::count (filters_cli.rs:82), priority -1
      takes states: filters_cli::Asked
   2  filters_cli::limit (filters_cli.rs:77)
      takes options: most_days, on_holidays

Steps that do not run
   -  filters_cli::reference_books_stay (filters_cli.rs:68), priority 10
      left out by `pipeline` of OPEN_EDX_FILTERS_CONFIG in environment
";
    assert!(text.ends_with(steps), "{text}");
    assert!(text.contains("\nSettings        OPEN_EDX_FILTERS_CONFIG in environment\n"), "{text}");
}

#[test]
fn describe_in_json() {
    let config = config(&json!({"off": "filters_cli::count", "fail_silently": true}));
    let described = filters(&["describe", LOAN, "--format", "json"], &config).json_lines().remove(0);
    assert_eq!((&described["filter"], &described["halts"]), (&json!("LOAN_STARTED"), &json!("LoanHalt")));
    assert_eq!(described["settings"], "OPEN_EDX_FILTERS_CONFIG in environment");
    assert_eq!(
        described["fields"][2],
        json!({"name": "pin", "type": "String", "description": "The number behind the card.", "private": true})
    );
    let of = |steps: &Value| -> Vec<Value> {
        let mut steps = steps.as_array().expect("a list").clone();
        for step in &mut steps {
            step["location"] = placed(step["location"].as_str().expect("a text")).into();
        }
        steps
    };
    assert_eq!(
        of(&described["steps"]),
        [
            json!({
                "path": "filters_cli::reference_books_stay", "location": "filters_cli.rs:68", "priority": 10,
                "is_async": false, "passed_over": true, "states": [], "takes_options": false, "options": null,
                "left_out_by": null,
            }),
            json!({
                "path": "filters_cli::limit", "location": "filters_cli.rs:77", "priority": 0, "is_async": false,
                "passed_over": true, "states": [], "takes_options": true, "options": ["most_days", "on_holidays"],
                "left_out_by": null,
            }),
        ]
    );
    let off = &of(&described["steps_off"])[0];
    assert_eq!(off["states"], json!(["filters_cli::Asked"]));
    assert_eq!(off["left_out_by"], "`off` of OPEN_EDX_FILTERS_CONFIG in environment");
}

#[test]
fn an_unknown_name_suggests_events_and_filters() {
    let refused = |name: &str| {
        let ran = filters(&["describe", name], "");
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""));
        ran.stderr
    };
    let near = refused("org.example.library.loan.create.v1");
    let expected = "error: no signal or filter has the type `org.example.library.loan.create.v1`, did you mean \
                    `org.example.library.loan.created.v1` or `org.example.library.loan.started.v1` or ";
    assert!(near.starts_with(expected), "{near}");
    let near = refused("RECEIPT_REQUEST");
    let expected =
        "error: no event or filter has the type or name `RECEIPT_REQUEST`, did you mean `RECEIPT_REQUESTED`";
    assert!(near.starts_with(expected), "{near}");
}

#[test]
fn settings_that_do_not_fit_are_reported() {
    let wrong = config(&json!({"pipeline": ["filters_cli::limits"]}));
    let problem = format!(
        "environment: OPEN_EDX_FILTERS_CONFIG.\"{LOAN}\".pipeline: the program has no step `filters_cli::limits`, did you mean \
         `filters_cli::limit` or `filters_cli::count`?"
    );
    // What is shown is then what the code says.
    for args in [&["list"][..], &["describe", LOAN]] {
        let ran = filters(args, &wrong);
        assert_eq!(ran.code, Some(0));
        assert!(ran.stderr.contains(&format!("warning: {problem}\n")), "{}", ran.stderr);
    }
    let ran = filters(&["send"], &wrong);
    assert_eq!((ran.code, &*ran.stdout), (Some(2), ""));
    assert_eq!(ran.stderr, format!("error: nothing was sent: {problem}\n"));
}

#[test]
fn files_of_settings_apply_as_well() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("library.json");
    let config = json!({"OPEN_EDX_FILTERS_CONFIG": {LOAN: "filters_cli::limit"}});
    fs::write(&path, config.to_string()).expect("written");
    let path = path.to_str().expect("a path");
    let ran = filters(&["list", "--format", "json", "--config", path], "");
    assert_eq!(ran.filters()[0]["step_paths"], json!(["filters_cli::limit"]));
    let described = filters(&["describe", LOAN, "--config", path], "").stdout;
    assert!(
        described.contains(&format!("left out by `pipeline` of OPEN_EDX_FILTERS_CONFIG in {path}\n")),
        "{described}"
    );
}

/// The command line of all services has no steps.
#[test]
fn a_program_without_steps_ignores_the_setting() {
    let mut list = std::process::Command::new(env!("CARGO_BIN_EXE_own-cli"));
    let list = list
        .arg("list")
        .env("OPEN_EDX_FILTERS_CONFIG", config(&json!("shop::sale")))
        .output()
        .expect("it ran");
    let stderr = String::from_utf8_lossy(&list.stderr).into_owned();
    assert!(list.status.success() && !stderr.contains("warning"), "{stderr}");
}

#[test]
fn the_reference_has_the_filters() {
    let config = config(&json!({"off": ["filters_cli::count"]}));
    let page = filters(&["docs"], &config).stdout;
    assert!(page.contains(include_str!("documented_filters.md")), "{page}");
    assert!(page.contains("- [Filters of `filters_cli`](#filters-of-filters-cli): 3 filters\n"), "{page}");
    assert!(page.contains("- [`filters_cli`](#filters-cli): 1 event\n"), "{page}");
    // Nothing of a filter goes over the bus.
    let document = filters(&["docs", "--format", "asyncapi"], "").stdout;
    assert!(
        document.contains("org.example.library.loan.created.v1") && !document.contains(LOAN),
        "{document}"
    );
}

#[test]
fn filters_of_other_programs_are_merged() {
    let folder = TempDir::new().expect("a folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("written");
        path.to_str().expect("a path").to_owned()
    };
    let config = config(&json!({"off": ["filters_cli::count"]}));
    let library = write("library.json", &filters(&["list", "--format", "json"], &config).stdout);
    let page = |program: &dyn Fn(&[&str]) -> crate::process::Ran| {
        let ran = program(&["docs", "--format", "html", "--merge", &library]);
        assert_eq!((ran.code, &*ran.stderr), (Some(0), ""));
        ran.stdout.replace("<wbr>", "")
    };
    let article = |html: &str| {
        let rest = html.split(&format!("<article id=\"{LOAN}\"")).nth(1).expect("it is there");
        rest.split("</article>").next().expect("a part").to_owned()
    };
    // In a program that has them too.
    let own_steps = article(&page(&|args| filters(args, "")));
    let elsewhere = "<dt>Steps elsewhere<dd>library: <code>filters_cli::reference_books_stay</code>, <code>filters_cli::limit</code>";
    assert!(own_steps.contains(elsewhere), "{own_steps}");
    // And in one that has none.
    let html = page(&|args| own(args, b""));
    assert!(html.contains("Only in other programs"));
    let foreign = article(&html);
    for part in [
        "<h4>library</h4>",
        "<code>LOAN_STARTED</code>, in <code>filters_cli</code>",
        "<dt>Halts with<dd><code>LoanHalt</code>",
        "<dt>Steps<dd><code>filters_cli::reference_books_stay</code>, <code>filters_cli::limit</code>",
        "<dt>Steps that do not run<dd><code>filters_cli::count</code>",
    ] {
        assert!(foreign.contains(part), "{part}\n{foreign}");
    }
}

#[test]
fn lists_of_filters_that_cannot_be_merged_are_refused() {
    let folder = TempDir::new().expect("a folder");
    let path = folder.path().join("other.json");
    let place = path.to_str().expect("a path");
    let listed = r#"{"filter_type":"a.b","filter":"A","crate_name":"c","is_async":false,"step_paths":[]}"#;
    for (text, problem) in [
        (format!("{listed}\n{listed}"), "line 2: `a.b` is listed twice"),
        (listed.replace("\"A\"", "null"), "line 1: `filter` is missing"),
        (listed.replace("false", "0"), "line 1: `is_async`: expected true or false"),
        (listed.replace("[]", "[1]"), "line 1: `step_paths`: expected a list of strings"),
    ] {
        fs::write(&path, text).expect("written");
        let ran = own(&["docs", "--format", "html", "--merge", place], b"");
        assert_eq!((ran.code, &*ran.stdout), (Some(2), ""));
        assert!(ran.stderr.contains(problem), "{}", ran.stderr);
    }
    // A program may have filters alone.
    fs::write(&path, listed).expect("written");
    assert_eq!(own(&["docs", "--format", "html", "--merge", place], b"").code, Some(0));
}
