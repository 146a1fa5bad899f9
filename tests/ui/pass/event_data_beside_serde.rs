//! Attributes of serde that change nothing, agree, or differ on purpose.

#![deny(warnings)]

use std::collections::BTreeMap;

use openedx_events::{EventData, signal};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, EventData)]
#[serde(deny_unknown_fields, rename = "OrderData", rename_all = "snake_case", bound = "")]
pub struct OrderData {
    #[serde(rename = "number")]
    pub number: i64,
    #[serde(default)]
    pub note: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub coupon: Option<String>,
    #[serde(default = "one")]
    #[event_data(default = one())]
    pub pieces: i64,
    #[serde(default, skip_serializing_if = "Vec::is_empty", alias = "tags")]
    #[event_data(default)]
    pub tags: Vec<String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[event_data(default)]
    pub labels: BTreeMap<String, i64>,
    #[serde(rename(serialize = "type", deserialize = "type"))]
    pub r#type: Mode,
}

fn one() -> i64 {
    1
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, EventData)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    #[event_data(rename = "no-id-professional")]
    NoIdProfessional,
    #[serde(rename = "Audit")]
    Audit,
    #[serde(rename = "paid by card")]
    #[event_data(rename = "paid by card")]
    Paid,
}

#[derive(Clone, Debug, Serialize, Deserialize, EventData)]
#[serde(default)]
pub struct Paging {
    #[event_data(default)]
    pub size: i64,
    pub after: Option<String>,
}

impl Default for Paging {
    fn default() -> Self {
        Self { size: 10, after: None }
    }
}

/// The event carries what serde skips.
#[derive(Clone, Serialize, Deserialize, EventData)]
pub struct AccountData {
    pub id: i64,
    #[serde(skip)]
    #[event_data(pii)]
    pub email: String,
}

/// The program's own JSON differs on purpose.
#[derive(Clone, Debug, Serialize, Deserialize, EventData)]
#[serde(rename_all = "camelCase")]
#[event_data(ignore_serde)]
pub struct AddressData {
    #[serde(alias = "zip")]
    pub post_code: String,
}

#[derive(Serialize)]
#[signal("org.example.shop.order.placed.v1", ignore_serde)]
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderPlaced {
    pub order: OrderData,
    #[serde(rename = "where")]
    pub home_address: AddressData,
}

/// Attributes of serde for other derives.
#[derive(Clone, Debug, EventData)]
#[event_data(serde)]
#[serde(deny_unknown_fields)]
pub struct LineData {
    #[serde(default)]
    #[event_data(default)]
    pub number: i64,
}

fn main() {
    assert_eq!(serde_json::to_string(&Mode::NoIdProfessional).unwrap(), r#""no-id-professional""#);
    let _ = &ORDER_PLACED;
}
