//! Wires the receivers of the program, and the steps of its filters, for a command.

#[cfg(feature = "filters")]
use crate::filters::{FiltersConfig, FiltersConfigError};
use crate::{Wiring, WiringError, registry_summary};

/// As the environment says. The error has all that is wrong.
pub(super) fn by_environment() -> Result<(), String> {
    let receivers = Wiring::environment().and_then(|wiring| apply(&wiring));
    let receivers = receivers.map_err(|error| error.to_string());
    #[cfg(not(feature = "filters"))]
    return receivers;
    #[cfg(feature = "filters")]
    match (receivers, FiltersConfig::environment().and_then(|config| apply_filters(&config))) {
        (receivers, Ok(())) => receivers,
        (Ok(()), Err(steps)) => Err(steps.to_string()),
        (Err(receivers), Err(steps)) => Err(format!("{receivers}\n{steps}")),
    }
}

/// As settings say. The command line of all services has no receivers, and ignores what is said of those of one service.
pub(super) fn apply(wiring: &Wiring) -> Result<(), WiringError> {
    if wiring.is_empty() || registry_summary().receivers == 0 { Ok(()) } else { wiring.apply() }
}

/// As settings say. The command line of all services has no steps either.
#[cfg(feature = "filters")]
pub(super) fn apply_filters(config: &FiltersConfig) -> Result<(), FiltersConfigError> {
    if config.is_empty() || registry_summary().steps == 0 { Ok(()) } else { config.apply() }
}
