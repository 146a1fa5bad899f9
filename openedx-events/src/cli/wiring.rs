//! Wires the receivers of the program for a command.

use crate::{Wiring, WiringError, registry_summary};

/// As the environment says.
pub(super) fn by_environment() -> Result<(), WiringError> {
    Wiring::environment().and_then(|wiring| apply(&wiring))
}

/// As settings say. The command line of all services has no receivers, and ignores what is said of those of one service.
pub(super) fn apply(wiring: &Wiring) -> Result<(), WiringError> {
    if wiring.is_empty() || registry_summary().receivers == 0 { Ok(()) } else { wiring.apply() }
}
