//! What the configuration says of one filter: [`Setting`].

use std::fmt;

use serde_json::{Map, Value};

/// What the configuration says of one filter.
#[derive(Clone, PartialEq)]
pub(in crate::filters) struct Setting {
    /// The layers that it comes from, for messages.
    pub(super) place: String,
    /// The paths of the steps; `None` for all.
    pub(super) pipeline: Option<Vec<String>>,
    pub(super) off: Vec<String>,
    pub(super) fail_silently: Option<bool>,
    /// Whether there is the member that has no effect.
    pub(super) has_log_level: bool,
    /// The other members: options of the steps.
    pub(super) options: Map<String, Value>,
}

impl Setting {
    /// Says nothing yet.
    pub(super) fn at(place: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            pipeline: None,
            off: Vec::new(),
            fail_silently: None,
            has_log_level: false,
            options: Map::new(),
        }
    }
}

/// The names of the options only: the values may be secrets.
impl fmt::Debug for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, pipeline, off, fail_silently, has_log_level, options } = self;
        f.debug_struct("Setting")
            .field("place", place)
            .field("pipeline", pipeline)
            .field("off", off)
            .field("fail_silently", fail_silently)
            .field("has_log_level", has_log_level)
            .field("options", &options.keys())
            .finish()
    }
}
