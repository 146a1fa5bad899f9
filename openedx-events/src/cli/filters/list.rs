//! A filter among others: [`ListedFilter`].

use std::io::{self, Write};

use super::{DescribedFilter, DescribedStep};
use crate::EventData;
use crate::cli::output::paragraphs;

/// What is shown of a filter in a list. An event has the member `type`, and a filter `filter_type`.
#[derive(EventData)]
pub(in crate::cli) struct ListedFilter {
    filter_type: String,
    filter: String,
    crate_name: String,
    is_async: bool,
    halts: Option<String>,
    /// The number of those that run.
    steps: u32,
    /// The `source` of the events that the program sends, which names the program; `None` if its service has no name.
    source: Option<String>,
    /// In the order in which they run.
    step_paths: Vec<String>,
    /// Those that do not run.
    steps_off: Vec<String>,
}

impl ListedFilter {
    pub(in crate::cli) fn of(filter: DescribedFilter, source: Option<&str>) -> Self {
        let paths =
            |steps: Vec<DescribedStep>| -> Vec<_> { steps.into_iter().map(|step| step.path).collect() };
        Self {
            crate_name: filter.crate_name().to_owned(),
            filter_type: filter.filter_type,
            filter: filter.filter,
            is_async: filter.is_async,
            halts: filter.halts,
            steps: u32::try_from(filter.steps.len()).unwrap_or(u32::MAX),
            source: source.map(str::to_owned),
            step_paths: paths(filter.steps),
            steps_off: paths(filter.steps_off),
        }
    }

    pub(in crate::cli) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let steps = match self.steps {
            0 => "no steps".to_owned(),
            1 => "1 step".to_owned(),
            count => format!("{count} steps"),
        };
        let off = self.steps_off.len();
        let steps = if off > 0 { format!("{steps} and {off} off") } else { steps };
        let mut facts = vec![format!("filter {}", self.filter), self.crate_name.clone(), steps];
        facts.extend(self.halts.as_ref().map(|halts| format!("halts with {halts}")));
        facts.extend(self.is_async.then(|| "async".to_owned()));
        writeln!(out, "{}", self.filter_type)?;
        paragraphs(out, 4, &facts.join(", "))
    }
}
