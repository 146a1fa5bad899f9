//! The settings, and the layers that they come from.

use std::io;
use std::path::PathBuf;

use crate::bus::Finding;
use crate::cli::bus::options::layers;
use crate::cli::outcome::Failure;
use crate::{Wiring, registry_summary};

/// The settings of these files and of the environment.
///
/// # Errors
///
/// A file cannot be read.
pub(super) fn findings(files: &[PathBuf]) -> Result<Vec<Finding>, Failure> {
    // Variables that are none are a finding, and not a warning on stderr.
    let layers = layers(files, &mut io::sink())?;
    let described = layers
        .described()
        .map(|(name, place, value)| Finding::ok("setting", format!("{name} = {value} ({place})")));
    let mut findings: Vec<_> = described.collect();
    if findings.is_empty() {
        findings.push(Finding::ok("settings", "none: neither in files nor in the environment"));
    }
    findings.extend(layers.unknown_variables().map(|variables| {
        let detail = format!("not a setting of the bus: {variables}");
        Finding::warn("environment", detail, "correct the name, or unset the variable")
    }));
    match layers.read_for_looking() {
        Ok((settings, unknown)) => {
            findings.extend(of_unknown(&unknown));
            findings.extend(of_wiring(&settings.wiring));
            #[cfg(feature = "filters")]
            findings.extend(of_filters(&settings.filters));
        }
        Err(error) => findings.extend(
            error
                .problems()
                .iter()
                .map(|problem| Finding::bad("settings", problem.to_string(), "correct the setting")),
        ),
    }
    Ok(findings)
}

/// The settings name events that the program does not have.
fn of_unknown(unknown: &[String]) -> Option<Finding> {
    if unknown.is_empty() {
        return None;
    }
    let types: Vec<_> = unknown.iter().map(|event_type| format!("`{}`", event_type.escape_debug())).collect();
    let detail = format!("this program does not have events that they name: {}", types.join(", "));
    let remedy = "use the command line of the service that has them, or link their crate";
    Some(Finding::warn("settings", detail, remedy))
}

/// What is wrong with `EVENT_RECEIVERS`. A program without receivers is the command line of all services, and wires none.
fn of_wiring(wiring: &Wiring) -> Vec<Finding> {
    if registry_summary().receivers == 0 {
        return Vec::new();
    }
    let problems = wiring.problems().into_iter();
    problems.map(|problem| Finding::bad("receivers", problem.to_string(), "correct the setting")).collect()
}

/// What is wrong with `OPEN_EDX_FILTERS_CONFIG`. A program without steps is the command line of all services, and runs none.
#[cfg(feature = "filters")]
fn of_filters(filters: &crate::filters::FiltersConfig) -> Vec<Finding> {
    if registry_summary().steps == 0 {
        return Vec::new();
    }
    let problems = filters.problems().into_iter();
    problems.map(|problem| Finding::bad("filters", problem.to_string(), "correct the setting")).collect()
}
