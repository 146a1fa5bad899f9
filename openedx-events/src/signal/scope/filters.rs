//! What a scope knows of filters: which steps were chosen, and what the filters were run with.

use std::any::{Any, TypeId};
use std::fmt;
use std::sync::Arc;

use super::handle::ScopeHandle;
use crate::filters::FiltersConfig;

/// The filters of a scope.
#[derive(Default)]
pub(super) struct Filters {
    /// The steps that were chosen.
    config: FiltersConfig,
    /// The data of each run, in order.
    runs: Vec<Arc<dyn Any + Send + Sync>>,
}

impl fmt::Debug for Filters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filters").field("config", &self.config).field("runs", &self.runs.len()).finish()
    }
}

impl Filters {
    pub(super) fn is_untouched(&self) -> bool {
        self.config.is_empty() && self.runs.is_empty()
    }
}

impl ScopeHandle {
    /// Chooses the steps of a filter.
    pub(crate) fn choose_steps(&self, filter_type: &str, steps: Vec<String>) {
        self.filters(|filters| filters.config.insert(filter_type, steps));
    }

    /// Replaces all that was chosen.
    pub(crate) fn set_filters_config(&self, config: FiltersConfig) {
        self.filters(|filters| filters.config = config);
    }

    pub(crate) fn filters_config(&self) -> FiltersConfig {
        self.filters(|filters| filters.config.clone())
    }

    /// Keeps the data of a run.
    pub(crate) fn record_run<F: Send + Sync + 'static>(&self, data: F) {
        // Made before the lock: an allocation is not foreign code, but what is dropped may be.
        let data: Arc<dyn Any + Send + Sync> = Arc::new(data);
        self.filters(|filters| filters.runs.push(data));
    }

    /// The data of each run of one filter, in order.
    pub(crate) fn runs_of<F: Send + Sync + 'static>(&self) -> Vec<Arc<F>> {
        let is_of = |data: &&Arc<dyn Any + Send + Sync>| (***data).type_id() == TypeId::of::<F>();
        let runs: Vec<_> = self.filters(|filters| filters.runs.iter().filter(is_of).cloned().collect());
        runs.into_iter().filter_map(|data| data.downcast().ok()).collect()
    }
}
