//! The page about metrics and the dashboard name what there is.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use openedx_events::bus::metrics::{Kind, METRICS};
use serde_json::Value;

fn docs(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file);
    fs::read_to_string(path).expect("a file of the docs")
}

#[test]
fn the_page_has_every_metric_with_its_kind_its_labels_and_its_help() {
    let page = docs("metrics.md");
    let (_, section) = page.split_once("\n## Names\n").expect("the section about names");
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows: Vec<_> = section.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<_> = METRICS
        .iter()
        .map(|metric| {
            let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
            format!(
                "| `{}` | {} | {} | {} |",
                metric.name,
                metric.kind.name(),
                labels.join(", "),
                metric.help
            )
        })
        .map(|row| row.replace("|  |", "| |"))
        .collect();
    assert_eq!(rows, expected, "the rows of docs/metrics.md should be:\n{}", expected.join("\n"));
}

/// Every text in a JSON value that is called `expr`.
fn expressions(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    Value::String(text) if name == "expr" || name == "query" || name == "definition" => {
                        found.push(text.clone());
                    }
                    _ => expressions(member, found),
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| expressions(item, found)),
        _ => {}
    }
}

#[test]
fn the_dashboard_shows_every_metric_and_no_other() {
    let dashboard: Value = serde_json::from_str(&docs("grafana-dashboard.json")).expect("JSON");
    let mut found = Vec::new();
    expressions(&dashboard, &mut found);
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let words = found.iter().flat_map(|text| text.split(|letter| !is_name(letter)));
    let labels: BTreeSet<_> = METRICS.iter().flat_map(|metric| metric.labels).copied().collect();
    let shown: BTreeSet<_> = words
        .filter(|word| word.starts_with("messaging_") || word.starts_with("openedx_events_"))
        .filter(|word| !labels.contains(word))
        .collect();
    let series: BTreeSet<_> = METRICS
        .iter()
        .map(|metric| match metric.kind {
            Kind::Histogram => format!("{}_bucket", metric.name),
            _ => metric.name.to_owned(),
        })
        .collect();
    assert_eq!(shown, series.iter().map(String::as_str).collect());
}
