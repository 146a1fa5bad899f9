//! `docs/filter-catalog.md`: its tables of filters are made of the declarations.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use openedx_events::filters::FilterInfo;

use super::declarations::ours;
use super::halts::variants;
use super::upstream::{filters, parameters};
use crate::conformance::text;

/// Rewrites the page with its tables of filters.
const UPDATE: &str = "UPDATE_PAGES";

const BEGIN: &str = "<!-- The tables of filters are generated. CONTRIBUTING.md says how. -->\n";
const END: &str = "\n<!-- The end of what is generated. -->\n";

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/filter-catalog.md")
}

/// The tables of the filters, by module and type.
fn tables() -> String {
    let mut modules: BTreeMap<&str, Vec<&FilterInfo>> = BTreeMap::new();
    for info in ours() {
        modules.entry(info.module).or_default().push(info);
    }
    let mut text = String::new();
    for (module, filters) in modules {
        let _ = write!(text, "\n### `{module}`\n\n| filter | | fields | halts |\n|---|---|---|---|\n");
        for info in filters {
            let fields = info.fields.iter().filter(|field| !field.is_private).map(|field| field.name);
            let halts = info.halts.map(variants).unwrap_or_default().iter().map(|(name, _)| *name);
            let _ = writeln!(
                text,
                "| `{}`<br>`{}` | {} | {} | {} |",
                info.filter_name,
                info.filter_type,
                summary(info.description),
                code(fields),
                code(halts)
            );
        }
    }
    text
}

/// The first paragraph. Its links lead to items, which the page has none of.
fn summary(description: &str) -> String {
    let first = description.split("\n\n").next().unwrap_or_default();
    first.replace("[`", "`").replace("`]", "`").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn code<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[test]
fn the_tables_are_those_of_the_declarations() {
    let text = fs::read_to_string(page()).expect("the page");
    let (before, rest) = text.split_once(BEGIN).expect("the tables begin");
    let (_, after) = rest.split_once(END).expect("the tables end");
    let current = [before, BEGIN, &tables(), END, after].concat();
    if std::env::var_os(UPDATE).is_some() {
        fs::write(page(), current).expect("the page");
    } else {
        assert!(
            text == current,
            "docs/filter-catalog.md is not current; make it again:\n\n{UPDATE}=1 cargo test -p openedx-events-tests \
             --test catalog filters::page\n"
        );
    }
}

/// Each has a row, with all parameters that it has upstream, and a reason.
#[test]
fn the_page_says_why_a_filter_is_not_declared() {
    let text_of_page = fs::read_to_string(page()).expect("the page");
    let (_, others) = text_of_page.split_once(END).expect("the tables end");
    let rows: BTreeMap<_, _> = others
        .lines()
        .filter_map(|line| line.strip_prefix("| `"))
        .filter_map(|row| row.split_once("`<br>"))
        .collect();
    let expected = filters().iter().filter(|filter| parameters(filter).is_none());
    for filter in expected.clone() {
        let name = text(&filter["name"]);
        let cells: Vec<_> =
            rows.get(name).unwrap_or_else(|| panic!("{name} has no row")).split('|').map(str::trim).collect();
        let [filter_type, parameters, reason, ""] = cells[..] else { panic!("{name}: {cells:?}") };
        assert_eq!(filter_type, format!("`{}`", text(&filter["type"])));
        let names = filter["parameters"].as_array().into_iter().flatten().map(|each| text(&each["name"]));
        assert_eq!(parameters, code(names), "{name}");
        assert!(reason.ends_with('.'), "{name} has no reason");
    }
    assert_eq!(rows.len(), expected.count());
}
