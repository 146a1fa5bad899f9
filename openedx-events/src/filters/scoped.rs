//! Filters inside a test scope: which steps are chosen, and what the filters were run with.

use std::any::{Any, TypeId};
use std::sync::Arc;

use super::config::{Choice, FiltersConfig};
use super::filter::FilterData;
use super::plan::Plan;
use crate::signal::scope::ScopeHandle;

/// The filters of a scope.
#[derive(Default)]
struct Filters {
    config: FiltersConfig,
    /// The data of each run, in order.
    runs: Vec<Arc<dyn Any + Send + Sync>>,
}

/// Records a run, and makes its plan: the steps that the scope has chosen.
pub(super) fn begin<F: FilterData>(scope: &ScopeHandle, data: &F) -> Plan<F> {
    // Cloned before the scope is locked: a clone is foreign code.
    let data: Arc<dyn Any + Send + Sync> = Arc::new(data.clone());
    let config = scope.extension(|filters: &mut Filters| {
        filters.runs.push(data);
        filters.config.clone()
    });
    Plan::new(&Choice::of_scope(&config.unwrap_or_default(), F::INFO.filter_type))
}

/// Chooses the steps of a filter.
pub(crate) fn choose_steps(scope: &ScopeHandle, filter_type: &str, steps: Vec<String>) {
    scope.extension(|filters: &mut Filters| filters.config.insert(filter_type, steps));
}

/// Replaces all that was chosen.
pub(crate) fn set_config(scope: &ScopeHandle, config: FiltersConfig) {
    scope.extension(|filters: &mut Filters| filters.config = config);
}

/// The data of each run of one filter, in order.
pub(crate) fn runs_of<F: FilterData>(scope: &ScopeHandle) -> Vec<Arc<F>> {
    let is_of = |data: &&Arc<dyn Any + Send + Sync>| (***data).type_id() == TypeId::of::<F>();
    let runs = scope.extension(|filters: &mut Filters| filters.runs.iter().filter(is_of).cloned().collect());
    let runs: Vec<_> = runs.unwrap_or_default();
    runs.into_iter().filter_map(|data| data.downcast().ok()).collect()
}
