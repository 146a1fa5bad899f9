use openedx_events::EventData;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Serialize, Deserialize, EventData)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    NoIdProfessional,
    #[event_data(rename = "audit")]
    Audit,
    Paid,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, EventData)]
pub enum Payment {
    #[serde(rename = "card")]
    Card,
    #[serde(alias = "cash")]
    Cash,
    #[serde(other)]
    Other,
}

#[derive(Clone, Debug, Serialize, Deserialize, EventData)]
#[serde(rename_all = "camelCase")]
pub struct OrderData {
    pub order_number: i64,
    #[serde(rename = "type")]
    pub kind: Mode,
    #[serde(rename(serialize = "paid-by", deserialize = "payment"))]
    pub payment: Payment,
}

#[derive(Clone, Debug, Serialize, Deserialize, EventData)]
#[serde(rename = "Line")]
pub struct LineData {
    #[serde(rename = "no")]
    pub number: i64,
}

fn main() {}
