//! Variables of the environment that begin like ours and are none: [`described`] and [`log`].

use std::collections::BTreeSet;
use std::sync::Mutex;

use super::layer::near;
use crate::sync::lock;

/// The variables that were logged by this process.
static LOGGED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Their names, with the nearest of ours; `None` if there are none.
pub(super) fn described(variables: &BTreeSet<String>) -> Option<String> {
    let each: Vec<_> =
        variables.iter().map(|name| format!("`{}`{}", name.escape_debug(), near(name))).collect();
    (!each.is_empty()).then(|| each.join("; "))
}

/// Logs those that were not logged before.
pub(super) fn log(variables: &BTreeSet<String>) {
    let new: BTreeSet<String> = {
        let mut logged = lock(&LOGGED);
        variables.iter().filter(|name| logged.insert((*name).clone())).cloned().collect()
    };
    // Behind the lock: what takes the log may read settings itself.
    if let Some(variables) = described(&new) {
        tracing::warn!(variables, "variables that begin like settings of the bus are none, and are ignored");
    }
}
