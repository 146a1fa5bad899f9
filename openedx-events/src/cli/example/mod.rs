//! Made-up events: [`cloud_event`], and a [`Draft`] for each [`Case`]. They are the same in every run.

mod draft;
mod values;

use std::fmt::Write as _;

use crate::AnySignal;
use crate::data::Field;
pub(super) use draft::Draft;
use values::{TIME, id, quoted};

/// What the payload of a made-up event is like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    /// All fields are set, to plausible values.
    Full,
    /// Only required fields are set.
    Defaults,
    /// All fields are set: texts, lists and maps are empty, numbers zero and booleans false.
    Empty,
    /// The greatest numbers, the last time, texts with letters of all lengths in UTF-8.
    Highest,
    /// The least numbers, the first time, texts that JSON has to escape.
    Lowest,
}

impl Case {
    pub(super) const ALL: [Self; 5] = [Self::Full, Self::Defaults, Self::Empty, Self::Highest, Self::Lowest];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Defaults => "defaults",
            Self::Empty => "empty",
            Self::Highest => "highest",
            Self::Lowest => "lowest",
        }
    }

    /// Whether the payload sets the field.
    fn sets(self, field: &Field) -> bool {
        self != Self::Defaults || field.is_required()
    }
}

/// A made-up event as a CloudEvent in JSON, formatted for people. `send` and `produce` take it.
///
/// `None` if the event refuses what is made up: a type of the program may accept less than its description says.
pub(super) fn cloud_event(signal: &dyn AnySignal) -> Option<String> {
    let data = Draft::new(Case::Full).write(signal.record(), 1);
    signal.read_json(&data).ok()?;
    let info = signal.info();
    let mut event = String::from("{\n");
    for (name, value) in [
        ("specversion", "1.0"),
        ("type", info.event_type),
        ("id", &id(info.event_type).to_string()),
        ("source", "openedx/lms/web"),
        ("time", TIME),
    ] {
        let _ = writeln!(event, "  \"{name}\": {},", quoted(value));
    }
    let _ = write!(event, "  \"minorversion\": {},\n  \"data\": {data}\n}}", info.minor_version);
    Some(event)
}
