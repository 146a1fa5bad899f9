//! The filters on the page.

use super::text::{breakable, breakable_path, escape, filters_anchor, group_name, prose};
use super::{Page, list};
use crate::cli::docs::merge::{ListedFilter, Program};
use crate::cli::filters::{DescribedFilter, DescribedStep};

/// What a filter is shown with, and found by.
const MARK: &str = "<span class=mark>filter</span>";
const IS: &[&str] = &["filter"];

impl Page<'_> {
    pub(super) fn filter_module(&mut self, module: &str, filters: &[&DescribedFilter]) {
        let id = filters_anchor(module);
        self.raw(format_args!(
            "<section aria-labelledby=\"{id}\">\n<h2 id=\"{id}\">{} filters <small><code>{}</code></small></h2>\n",
            escape(&group_name(module)),
            breakable_path(module)
        ));
        for filter in filters {
            self.filter(filter);
        }
        self.raw("</section>\n");
    }

    fn filter(&mut self, filter: &DescribedFilter) {
        let mut marks = vec![MARK.to_owned()];
        marks.extend(filter.is_async.then(|| "<span class=mark>async</span>".to_owned()));
        let (gist, rest) = filter.description.split_once("\n\n").unwrap_or((&filter.description, ""));
        self.summary(&filter.filter_type, gist, &marks, IS);
        for paragraph in rest.split("\n\n").filter(|paragraph| !paragraph.is_empty()) {
            self.raw(format_args!("<p>{}\n", prose(paragraph)));
        }
        self.raw("<dl>");
        self.fact(
            "Filter",
            &format!(
                "<code>{}</code>, in <code>{}</code>",
                breakable(&filter.filter),
                breakable_path(&filter.module)
            ),
        );
        self.fact("Run by", &format!("<code>{}</code>", breakable(filter.method())));
        self.halts(filter.halts.as_deref());
        self.fact("Steps", &ordered(&filter.steps).unwrap_or_else(|| "none".to_owned()));
        if !filter.steps_off.is_empty() {
            let steps: Vec<_> = filter.steps_off.iter().map(step).collect();
            self.fact("Steps that do not run", &list(&steps).unwrap_or_default());
        }
        let catalog = self.catalog;
        let others: Vec<_> = catalog
            .filter_sightings(&filter.filter_type)
            .filter_map(|(program, listed)| {
                Some(format!("{}: {}", escape(&program.name), paths(&listed.step_paths)?))
            })
            .collect();
        if let Some(others) = list(&others) {
            self.fact("Steps elsewhere", &others);
        }
        self.raw("</dl>\n");
        self.filter_fields(filter);
        self.raw("</div></details></article>\n");
    }

    fn halts(&mut self, halts: Option<&str>) {
        let html = halts.map(|halts| format!("<code>{}</code>", escape(halts)));
        self.fact("Halts with", &html.unwrap_or_else(|| "nothing: no step can halt a run".to_owned()));
    }

    fn filter_fields(&mut self, filter: &DescribedFilter) {
        if filter.fields.is_empty() {
            return;
        }
        self.table_head();
        for field in &filter.fields {
            let private =
                if field.private { "<small>private: hidden from steps of other modules</small>" } else { "" };
            let gist = field.description.split("\n\n").next().unwrap_or_default();
            self.raw(format_args!(
                "\n<tr><th scope=row><code>{}</code><td><code>{}</code>{private}<td>{}",
                escape(&field.name),
                breakable_path(&field.r#type),
                prose(gist)
            ));
        }
        self.raw("</table>\n");
    }

    /// A filter that only other programs have.
    pub(super) fn foreign_filter(&mut self, filter_type: &str) {
        self.summary(filter_type, "", &[MARK.to_owned()], IS);
        let catalog = self.catalog;
        for (program, listed) in catalog.filter_sightings(filter_type) {
            self.filter_sighting(program, listed);
        }
        self.raw("</div></details></article>\n");
    }

    fn filter_sighting(&mut self, program: &Program, listed: &ListedFilter) {
        self.raw(format_args!("<h4>{}</h4><dl>", escape(&program.name)));
        self.fact(
            "Filter",
            &format!(
                "<code>{}</code>, in <code>{}</code>{}",
                escape(&listed.filter),
                escape(&listed.crate_name),
                if listed.is_async { ", async" } else { "" }
            ),
        );
        self.halts(listed.halts.as_deref());
        self.fact("Steps", &paths(&listed.step_paths).unwrap_or_else(|| "none".to_owned()));
        if let Some(off) = paths(&listed.steps_off) {
            self.fact("Steps that do not run", &off);
        }
        self.raw("</dl>\n");
    }
}

/// A step with its facts.
fn step(step: &DescribedStep) -> String {
    step.facts().iter().map(|fact| prose(fact).replace("::", "::<wbr>")).collect::<Vec<_>>().join(", ")
}

/// `None` without steps.
fn ordered(steps: &[DescribedStep]) -> Option<String> {
    let steps: Vec<_> = steps.iter().map(step).collect();
    (!steps.is_empty()).then(|| format!("<ol><li>{}</ol>", steps.join("<li>")))
}

/// The paths of steps in their order; `None` if there are none.
fn paths(paths: &[String]) -> Option<String> {
    let paths: Vec<_> = paths.iter().map(|path| format!("<code>{}</code>", breakable_path(path))).collect();
    (!paths.is_empty()).then(|| paths.join(", "))
}
