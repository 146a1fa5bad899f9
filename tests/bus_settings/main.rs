//! The settings of the bus, and the page of the docs that lists them.

mod consumer_config;
mod environment;
mod keys;
mod layers;
mod page;
mod problems;
mod url;

use openedx_events::bus::{BusSettings, Layers, SettingsError};

fn json(text: &str) -> Layers {
    BusSettings::layers().json("bus.json", text)
}

fn problems(error: &SettingsError) -> Vec<String> {
    error.problems().iter().map(ToString::to_string).collect()
}
