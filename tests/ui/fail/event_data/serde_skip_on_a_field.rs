use openedx_events::{EventData, signal};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, EventData)]
pub struct AccountData {
    pub id: i64,
    #[serde(skip)]
    pub password_hash: String,
    #[serde(skip_serializing, default)]
    pub token: String,
    #[cfg_attr(all(), serde(skip_deserializing))]
    pub role: String,
    #[serde(skip_serializing_if = "is_secret")]
    pub note: String,
}

fn is_secret(note: &str) -> bool {
    note.starts_with('!')
}

#[signal("org.example.shop.account.opened.v1")]
pub struct AccountOpened {
    pub account: AccountData,
}

fn main() {}
