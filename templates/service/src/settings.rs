//! The settings of the event bus: [`read`].

use openedx_events::bus::{BusSettings, SettingsError};

/// The topic of the orders, without the prefix of the settings.
pub const ORDERS: &str = "orders";

/// Reads `events.toml`, as it was compiled in, and the environment, which overrides it.
pub fn read() -> Result<BusSettings, SettingsError> {
    let file = include_str!("../events.toml");
    BusSettings::layers()
        .toml("events.toml", file)
        .environment()
        .read()
}
