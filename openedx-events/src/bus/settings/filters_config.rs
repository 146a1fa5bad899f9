//! Which steps filters run: `OPEN_EDX_FILTERS_CONFIG`.

use super::layer::FILTERS_CONFIG;
use super::values::Values;
use crate::filters::{FiltersConfig, FiltersConfigProblem};

/// Reads `OPEN_EDX_FILTERS_CONFIG`. The program must have all filters and steps, unless what it does not have is left out: then
/// nothing is checked, as a command that looks at the bus of another program runs none.
pub(super) fn read(values: &mut Values) -> FiltersConfig {
    let Some(setting) = values.take(FILTERS_CONFIG) else { return FiltersConfig::new() };
    let (config, mut problems) = FiltersConfig::of_value(&setting.place, setting.value);
    if !values.leaves_out() {
        problems.extend(config.problems());
    }
    for problem in problems {
        // Whether it comes too late is seen when it is applied.
        if let FiltersConfigProblem::Invalid { place, what } = problem {
            values.problem(place, what);
        }
    }
    config
}
