//! A filter as text for people.

use std::io::{self, Write};

use super::{DescribedFilter, DescribedFilterField, DescribedStep};
use crate::cli::output::{entry, paragraphs};

impl DescribedFilter {
    pub(in crate::cli) fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", self.filter_type)?;
        if !self.description.is_empty() {
            writeln!(out)?;
            paragraphs(out, 2, &self.description)?;
        }
        writeln!(out)?;
        self.facts().into_iter().try_for_each(|(name, fact)| entry(out, name, 16, fact))?;
        if !self.fields.is_empty() {
            writeln!(out, "\nFields")?;
        }
        let width = self.fields.iter().map(|field| field.name.chars().count()).max().unwrap_or_default();
        self.fields.iter().try_for_each(|field| field.print(out, width + 4))?;
        if self.steps.is_empty() {
            writeln!(out, "\nSteps: none")?;
        } else {
            writeln!(out, "\nSteps, in order")?;
        }
        (1..).zip(&self.steps).try_for_each(|(place, step)| step.print(out, &place.to_string()))?;
        if self.steps_off.is_empty() {
            return Ok(());
        }
        writeln!(out, "\nSteps that do not run")?;
        self.steps_off.iter().try_for_each(|step| step.print(out, "-"))
    }

    fn facts(&self) -> Vec<(&'static str, &str)> {
        let mut facts = vec![
            ("Filter", self.filter.as_str()),
            ("Module", &self.module),
            ("Declared at", &self.location),
            ("Run by", self.method()),
            ("Halts with", self.halts.as_deref().unwrap_or("nothing: no step can halt a run")),
        ];
        facts.extend(self.settings.as_deref().map(|settings| ("Settings", settings)));
        facts
    }
}

impl DescribedFilterField {
    fn print(&self, out: &mut dyn Write, column: usize) -> io::Result<()> {
        let private = if self.private { ", private: hidden from steps of other modules" } else { "" };
        entry(out, &format!("  {}", self.name), column, &format!("{}{private}", self.r#type))?;
        // Only the first paragraph; the rest is for the reference documentation.
        let gist = self.description.split("\n\n").next().unwrap_or_default();
        paragraphs(out, column + 2, gist)
    }
}

impl DescribedStep {
    fn print(&self, out: &mut dyn Write, place: &str) -> io::Result<()> {
        write!(out, "  {place:>2}  {} ({})", self.path, self.location)?;
        if self.priority != 0 {
            write!(out, ", priority {}", self.priority)?;
        }
        writeln!(out, "{}", if self.is_async { ", async" } else { "" })?;
        if let Some(left_out_by) = &self.left_out_by {
            writeln!(out, "      left out by {left_out_by}")?;
        }
        if self.passed_over {
            writeln!(out, "      if it fails, the next step runs")?;
        }
        if self.takes_options {
            let names = self.options.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(", ");
            let names = if names.is_empty() { names } else { format!(": {names}") };
            paragraphs(out, 6, &format!("takes options{names}"))?;
        }
        if !self.states.is_empty() {
            paragraphs(out, 6, &format!("takes states: {}", self.states.join(", ")))?;
        }
        Ok(())
    }
}
