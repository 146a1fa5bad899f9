//! The filters of the program, as commands show them: [`DescribedFilter`].

mod describe;
mod list;
#[cfg(feature = "filters")]
mod read;

use crate::EventData;

pub(super) use list::ListedFilter;

/// What is shown of a filter.
#[derive(EventData)]
pub(super) struct DescribedFilter {
    pub(super) filter_type: String,
    pub(super) description: String,
    /// The name of its static.
    pub(super) filter: String,
    pub(super) module: String,
    pub(super) location: String,
    /// Whether it takes async steps, and is awaited.
    pub(super) is_async: bool,
    /// The type of what halts a run; `None` if no step can halt it.
    pub(super) halts: Option<String>,
    pub(super) fields: Vec<DescribedFilterField>,
    /// The setting that says which steps run and how; `None` if it is their code.
    pub(super) settings: Option<String>,
    /// Those that run, in their order.
    pub(super) steps: Vec<DescribedStep>,
    /// Those that do not run.
    pub(super) steps_off: Vec<DescribedStep>,
}

#[derive(EventData)]
pub(super) struct DescribedFilterField {
    pub(super) name: String,
    /// As it is written in the declaration.
    pub(super) r#type: String,
    pub(super) description: String,
    /// Whether it is hidden from the steps of other modules.
    pub(super) private: bool,
}

#[derive(EventData)]
pub(super) struct DescribedStep {
    pub(super) path: String,
    pub(super) location: String,
    pub(super) priority: i32,
    pub(super) is_async: bool,
    /// Whether the next step runs if this one fails, by its code and the settings.
    pub(super) passed_over: bool,
    /// The types of the states that it takes.
    pub(super) states: Vec<String>,
    pub(super) takes_options: bool,
    /// The names of the options that it takes; `None` if it takes none, or whatever there is.
    pub(super) options: Option<Vec<String>>,
    /// The setting that says that it does not run.
    pub(super) left_out_by: Option<String>,
}

/// All filters of the program, sorted by filter type.
pub(super) fn all() -> Vec<DescribedFilter> {
    #[cfg(feature = "filters")]
    return read::all();
    #[cfg(not(feature = "filters"))]
    Vec::new()
}

impl DescribedFilter {
    /// The crate that declares it.
    pub(super) fn crate_name(&self) -> &str {
        self.module.split("::").next().unwrap_or_default()
    }

    /// The method that runs it.
    pub(super) fn method(&self) -> &'static str {
        if self.is_async { "run_filter_async" } else { "run_filter" }
    }
}

impl DescribedStep {
    /// Its path, and what is not as by default. Names are in backticks.
    pub(super) fn facts(&self) -> Vec<String> {
        let listed =
            |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        let mut facts = vec![format!("`{}`", self.path)];
        facts.extend((self.priority != 0).then(|| format!("priority {}", self.priority)));
        facts.extend(self.is_async.then(|| "async".to_owned()));
        facts.extend(self.passed_over.then(|| "passed over if it fails".to_owned()));
        facts.extend(self.takes_options.then(|| match &self.options {
            Some(names) if !names.is_empty() => format!("options {}", listed(names)),
            _ => "options".to_owned(),
        }));
        facts.extend((!self.states.is_empty()).then(|| format!("states {}", listed(&self.states))));
        facts.extend(self.left_out_by.as_ref().map(|setting| format!("left out by {setting}")));
        facts
    }
}
