//! Runs inside a test scope.

use super::config::Choice;
use super::filter::FilterData;
use super::plan::Plan;
use crate::signal::scope::ScopeHandle;

/// Records a run, and makes its plan: the steps that the scope has chosen.
pub(super) fn begin<F: FilterData>(scope: &ScopeHandle, data: &F) -> Plan<F> {
    scope.record_run(data.clone());
    let config = scope.filters_config();
    Plan::new(&Choice::of_scope(&config, F::INFO.filter_type))
}
