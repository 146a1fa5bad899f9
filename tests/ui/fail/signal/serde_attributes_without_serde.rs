use openedx_events::signal;

#[signal("org.example.shop.account.opened.v1")]
#[serde(tag = "type")]
pub struct AccountOpened {
    #[serde(skip)]
    pub password_hash: String,
}

fn main() {}
