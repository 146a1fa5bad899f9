//! Choosing webhooks of the settings by name: [`choose`].

use crate::bus::{BusSettings, Webhooks};
use crate::cli::outcome::Failure;
use crate::suggest::nearest;

/// Makes the webhooks with these names, or all of them without names. The secrets of others are not read.
pub(super) fn choose(settings: &mut BusSettings, names: &[String]) -> Result<Webhooks, Failure> {
    if settings.webhooks.is_empty() {
        let none =
            "the settings have no webhooks: add EVENT_WEBHOOKS to a file, and pass it by `--config FILE`";
        return Err(Failure::Refused(none.to_owned()));
    }
    if let Some(unknown) = names.iter().find(|name| !settings.webhooks.contains_key(*name)) {
        let near = nearest(unknown, settings.webhooks.keys().map(String::as_str));
        return Err(Failure::Refused(format!(
            "the settings have no webhook `{}`{near}",
            unknown.escape_debug()
        )));
    }
    if !names.is_empty() {
        settings.webhooks.retain(|name, _| names.contains(name));
    }
    Webhooks::new(settings).map_err(|error| Failure::Refused(error.to_string()))
}
