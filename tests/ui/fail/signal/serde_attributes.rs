use openedx_events::signal;
use serde::{Deserialize, Serialize};

#[signal("org.example.shop.account.opened.v1")]
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AccountOpened {
    pub account_id: i64,
    #[serde(skip)]
    pub password_hash: String,
}

#[derive(Serialize)]
#[signal("org.example.shop.account.closed.v1")]
pub struct AccountClosed {
    #[serde(rename = "id")]
    pub number: i64,
    #[cfg_attr(all(), serde(skip_serializing))]
    pub reason: String,
}

fn main() {}
