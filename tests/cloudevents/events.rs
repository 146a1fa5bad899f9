//! Events of this program's own.

use std::collections::BTreeMap;

use openedx_events::{EventData, signal};
use serde_json::{Value, json};

/// Who lives somewhere.
#[derive(Clone, PartialEq, EventData)]
pub(crate) struct Resident {
    /// Kept secret.
    #[event_data(pii)]
    pub(crate) name: String,
    /// What else is known.
    #[event_data(pii, default)]
    pub(crate) notes: BTreeMap<String, Vec<String>>,
    pub(crate) floor: i64,
}

/// Somebody moved in.
#[signal("org.example.house.resident.moved_in.v1", minor_version = 2)]
#[derive(Clone, PartialEq)]
pub(crate) struct MovedIn {
    pub(crate) resident: Resident,
    #[event_data(default)]
    pub(crate) rent: f64,
    pub(crate) flat: Option<String>,
}

/// A bell was rung.
#[signal("org.example.house.bell.rung.v1")]
#[derive(Clone, PartialEq)]
pub(crate) struct BellRung {
    pub(crate) times: i64,
}

pub(crate) const MOVED_IN_TYPE: &str = "org.example.house.resident.moved_in.v1";

/// A CloudEvent with all members.
pub(crate) fn moved_in() -> Value {
    json!({
        "specversion": "1.0",
        "type": MOVED_IN_TYPE,
        "id": "0190a4f6-7f4e-7cc3-98c4-dc0c0c07398f",
        "source": "openedx/lms/web",
        "time": "2026-01-31T12:00:00.5+00:00",
        "datacontenttype": "application/json",
        "minorversion": 2,
        "sourcehost": "lms.example.com",
        "sourcelib": "11.2.0",
        "data": {"resident": {"name": "Ada", "notes": {}, "floor": 3}, "rent": 1.5, "flat": null},
    })
}

/// The same with a member changed, or taken out if the value is null.
pub(crate) fn changed(name: &str, value: Value) -> String {
    let mut event = moved_in();
    let members = event.as_object_mut().expect("an object");
    if value.is_null() {
        members.remove(name)
    } else {
        members.insert(name.to_owned(), value)
    };
    event.to_string()
}
