//! Comparison of two snapshots, without a history and waivers.

use super::check::check;
use super::lock::Lock;
use super::policy::Policy;
use super::report::Report;
use super::rule::Rule;
use super::snapshot::Snapshot;

/// Returns the changes from one snapshot to another, such as from a folder of upstream's schemas to a program.
///
/// Minor versions that were not raised are ignored. If one side comes from upstream's files, which contain no default
/// but null, other defaults are not compared.
pub fn diff(old: &Snapshot, new: &Snapshot, policy: Policy) -> Report {
    let mut lock = Lock::new(policy, None);
    for (event_type, version) in &old.events {
        lock.entry(event_type).current = Some(version.clone());
    }
    let mut report = check(&lock, new, policy);
    let is_defaults_alone =
        |rule| matches!(rule, Rule::DefaultAdded | Rule::DefaultChanged | Rule::DefaultRemoved);
    let is_one_without = old.is_without_defaults != new.is_without_defaults;
    report.findings.retain(|finding| match finding.change.rule {
        Rule::MinorVersionNotRaised => false,
        rule => !(is_one_without && is_defaults_alone(rule)),
    });
    report
}
