use openedx_events::EventData;
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize, EventData)]
pub struct PageData {
    pub number: i64,
}

#[derive(Clone, Debug, Serialize, Deserialize, EventData)]
#[serde(tag = "kind")]
pub struct ReplyData {
    #[serde(flatten)]
    pub page: PageData,
    #[serde(default)]
    pub size: i64,
    #[serde(default = "one")]
    pub count: i64,
    #[serde(with = "as_text")]
    pub price: i64,
}

fn one() -> i64 {
    1
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[derive(Clone, Debug, Serialize, Deserialize, EventData)]
#[serde(transparent)]
pub struct Name {
    pub text: String,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, EventData)]
#[serde(default)]
pub struct Paging {
    pub size: i64,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, EventData)]
#[serde(tag = "colour")]
pub enum Colour {
    Red,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, EventData)]
#[serde(from = "bool", into = "bool")]
pub enum Switch {
    On,
    Off,
}

impl From<bool> for Switch {
    fn from(is_on: bool) -> Self {
        if is_on { Self::On } else { Self::Off }
    }
}

impl From<Switch> for bool {
    fn from(switch: Switch) -> Self {
        matches!(switch, Switch::On)
    }
}

fn main() {}
