//! Whether the program has what a configuration names.

use std::collections::BTreeSet;

use super::choice::Choice;
use super::error::FiltersConfigProblem;
use super::setting::Setting;
use super::{FiltersConfig, OPEN_EDX_FILTERS_CONFIG};
use crate::filters::filter::AnyFilter;
use crate::filters::registry;
use crate::filters::step::StepRegistration;
use crate::suggest::nearest;

/// The members that are not options.
pub(super) const MEMBERS: [&str; 4] = ["pipeline", "off", "fail_silently", "log_level"];

impl FiltersConfig {
    /// Everything that the program does not have, or that has no effect.
    pub(crate) fn problems(&self) -> Vec<FiltersConfigProblem> {
        self.settings.iter().flat_map(|(filter_type, setting)| of_filter(filter_type, setting)).collect()
    }
}

fn of_filter(filter_type: &str, setting: &Setting) -> Vec<FiltersConfigProblem> {
    let place = format!("{}: {OPEN_EDX_FILTERS_CONFIG}.{filter_type:?}", setting.place);
    let filter = match registry::get_filter_by_type(filter_type) {
        Ok(filter) => filter,
        Err(error) => return vec![FiltersConfigProblem::at(place, error.to_string())],
    };
    let mut problems = Vec::new();
    let mut problem = |member: &str, what: String| {
        problems.push(FiltersConfigProblem::at(format!("{place}.{member}"), what));
    };
    for (member, paths) in
        [("pipeline", setting.pipeline.as_deref().unwrap_or_default()), ("off", &setting.off)]
    {
        let mut seen = BTreeSet::new();
        for path in paths {
            if !seen.insert(path) {
                problem(
                    member,
                    format!("the step `{}` is named twice: remove one of the two", path.escape_debug()),
                );
            } else if let Some(what) = of_path(path, filter) {
                problem(member, what);
            }
        }
    }
    for path in setting.off.iter().filter(|path| setting.pipeline.iter().flatten().any(|each| each == *path))
    {
        let what = format!(
            "the step `{}` is also in `pipeline`: remove it from one of the two",
            path.escape_debug()
        );
        problem("off", what);
    }
    of_options(filter, setting, &mut problem);
    problems
}

/// What is wrong with the path of a step.
fn of_path(path: &str, filter: &dyn AnyFilter) -> Option<String> {
    let (shown, all) = (path.escape_debug(), registry::get().steps());
    let of_path: Vec<_> = all.iter().filter(|step| *step.info.path == *path).collect();
    let is_of_filter = |step: &StepRegistration| (step.data)() == filter.data_type();
    if of_path.iter().any(|step| is_of_filter(step)) {
        return None;
    }
    if let Some(other) = of_path.first() {
        return Some(format!(
            "`{shown}` is a step of the filter `{}`, not of this one: give the function another `#[pipeline_step]`, or remove it \
             from the list",
            other.info.filter_type
        ));
    }
    // Those of this filter first: they are what can be meant.
    let own = all.iter().filter(|step| is_of_filter(step)).map(|step| &*step.info.path);
    let near = nearest(path, own);
    let near = if near.is_empty() { nearest(path, all.iter().map(|step| &*step.info.path)) } else { near };
    Some(format!("the program has no step `{shown}`{near}{}", hint(path, all, near.is_empty())))
}

/// What may be wrong with the path of a step that the program does not have.
fn hint(path: &str, all: &[&StepRegistration], is_far_from_all: bool) -> String {
    const LINK: &str = "with `openedx_events::link!`";
    if all.is_empty() {
        return format!("; it has none at all: name the crates that contain them {LINK}");
    }
    match path.split_once("::") {
        Some((name, _)) if all.iter().all(|step| step.info.crate_name() != name) => {
            format!("; it has no step of the crate `{}`: name the crate {LINK}", name.escape_debug())
        }
        _ if is_far_from_all => format!(
            "; a step is named by the path of its function, such as `my_crate::access::members_only`, and its crate is named {LINK}"
        ),
        _ => String::new(),
    }
}

/// Members that no step takes, and options that do not fit.
fn of_options(filter: &dyn AnyFilter, setting: &Setting, problem: &mut impl FnMut(&str, String)) {
    let choice = Choice::of(Some(setting));
    let steps = choice.steps(filter.data_type());
    let mut known = BTreeSet::new();
    let mut takes_all = false;
    for need in steps.iter().filter_map(|step| step.options) {
        match need.members() {
            Some(members) => known.extend(members),
            None => takes_all = true,
        }
    }
    for member in setting.options.keys().filter(|member| !takes_all && !known.contains(member.as_str())) {
        let names = MEMBERS.iter().copied().chain(known.iter().copied());
        let near = nearest(member, names);
        problem(
            &member.escape_debug().to_string(),
            format!("neither a member of the setting nor an option of one of the steps{near}"),
        );
    }
    for step in steps {
        let Some(need) = step.options else { continue };
        if let Err(invalid) = need.read(&setting.options) {
            let member = if invalid.path.is_empty() { "options" } else { &invalid.path };
            problem(member, format!("does not fit the options of the step {}: {}", step.info, invalid.error));
        }
    }
}
