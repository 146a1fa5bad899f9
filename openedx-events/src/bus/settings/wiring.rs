//! Which receivers are on: `EVENT_RECEIVERS`.

use super::layer::EVENT_RECEIVERS;
use super::values::Values;
use crate::signal::registry::wiring::{Wiring, WiringProblem};

/// Reads `EVENT_RECEIVERS`. The program must have all receivers and event types, unless what it does not have is left out: then
/// nothing is checked, as a command that looks at the bus of another program calls none.
pub(super) fn read(values: &mut Values) -> Wiring {
    let Some(setting) = values.take(EVENT_RECEIVERS) else { return Wiring::new() };
    let (wiring, mut problems) = Wiring::of_value(&setting.place, setting.value);
    if !values.leaves_out() {
        problems.extend(wiring.problems());
    }
    for problem in problems {
        // Whether it comes too late is seen when it is applied.
        if let WiringProblem::Invalid { place, what } = problem {
            values.problem(place, what);
        }
    }
    wiring
}
