//! Consumer settings: `EVENT_BUS_CONSUMER_CONFIG`.

use std::fmt::Display;
use std::time::Duration;

use serde_json::{Map, Value};

use super::layer::CONSUMER_CONFIG;
use super::text::{control, trimmed};
use super::values::Values;
use crate::bus::consume::{AckPolicy, ConsumerSettings, MissingTopic, ReadFrom, RetryPolicy, UnknownRelease};
use crate::bus::contract::StartAt;
use crate::receiver::delivery::{DeliveryPolicy, InUnits};
use crate::suggest::nearest;

/// Reads `EVENT_BUS_CONSUMER_CONFIG` over the defaults. It overrides upstream's own setting for consecutive errors, and the address of
/// the status of the process.
pub(super) fn read(values: &mut Values, status: Option<String>) -> ConsumerSettings {
    let mut settings = ConsumerSettings {
        status,
        consecutive_errors_limit: values.number("EVENT_BUS_REDIS_CONSUMER_CONSECUTIVE_ERRORS_LIMIT"),
        ..ConsumerSettings::default()
    };
    let Some(setting) = values.take(CONSUMER_CONFIG) else { return settings };
    let place = format!("{}: {CONSUMER_CONFIG}", setting.place);
    let mut config = Members::of(values, place, setting.value);
    config.set_text("consumer_name", &mut settings.consumer_name);
    config.set("start", &mut settings.start);
    config.set("missing_topic", &mut settings.missing_topic);
    config.set("skip_to_end_at_start", &mut settings.skip_to_end_at_start);
    config.set("workers", &mut settings.workers);
    config.set("batch", &mut settings.batch);
    config.set("max_in_flight", &mut settings.max_in_flight);
    config.set("max_in_flight_bytes", &mut settings.max_in_flight_bytes);
    config.within("retry", |retry| retry_policy(retry, &mut settings.retry));
    config.set("unknown_release", &mut settings.unknown_release);
    config.set_limit("outage_limit", |limit| settings.outage_limit = limit);
    config.set("max_parked", &mut settings.max_parked);
    config.set("max_parked_bytes", &mut settings.max_parked_bytes);
    config.set("read_from", &mut settings.read_from);
    config.set("ack_policy", &mut settings.ack_policy);
    config.set("timeout", &mut settings.timeout);
    config.set("stuck_after", &mut settings.stuck_after);
    config.set("claim_after", &mut settings.claim_after);
    config.set("heartbeat", &mut settings.heartbeat);
    config.set("max_crashes", &mut settings.max_crashes);
    config.set("consecutive_errors_limit", &mut settings.consecutive_errors_limit);
    config.set("dead_letters_alarm", &mut settings.dead_letters_alarm);
    config.set("dedup", &mut settings.dedup);
    config.within("receivers", |receivers| {
        for path in receivers.names() {
            let mut policy = DeliveryPolicy::new();
            receivers.within(&path, |of_receiver| delivery_policy(of_receiver, &mut policy));
            settings.receivers.insert(path, policy);
        }
    });
    config.set("start_timeout", &mut settings.start_timeout);
    config.set("reconnect_timeout", &mut settings.reconnect_timeout);
    config.set("max_entries", &mut settings.max_entries);
    config.set_text("status", &mut settings.status);
    config.set("allow_no_receivers", &mut settings.allow_no_receivers);
    config.finish();
    settings
}

fn retry_policy(config: &mut Members<'_>, policy: &mut RetryPolicy) {
    config.set("max_attempts", &mut policy.max_attempts);
    config.set("initial_backoff", &mut policy.initial_backoff);
    config.set("max_backoff", &mut policy.max_backoff);
}

fn delivery_policy(config: &mut Members<'_>, policy: &mut DeliveryPolicy) {
    config.set("max_attempts", &mut policy.max_attempts);
    config.set("initial_backoff", &mut policy.initial_backoff);
    config.set("max_backoff", &mut policy.max_backoff);
    config.set("timeout", &mut policy.timeout);
    config.set_limit("outage_limit", |limit| policy.outage_limit = Some(limit));
    config.set("dedup", &mut policy.dedup);
}

/// The members of an object, taken one by one.
struct Members<'v> {
    values: &'v mut Values,
    place: String,
    left: Map<String, Value>,
    /// The names of the settings that exist here.
    known: Vec<String>,
}

impl<'v> Members<'v> {
    fn of(values: &'v mut Values, place: String, value: Value) -> Self {
        let left = values.members(&place, value, "settings");
        Self { values, place, left, known: Vec::new() }
    }

    fn names(&self) -> Vec<String> {
        self.left.keys().cloned().collect()
    }

    fn take(&mut self, name: &str) -> Option<Value> {
        self.known.push(name.to_owned());
        self.left.remove(name)
    }

    /// Sets the value if the member is there and valid. Returns whether it was.
    fn set<T: Member>(&mut self, name: &str, into: &mut T) -> bool {
        let Some(value) = self.take(name) else { return false };
        let value = T::read(&value);
        if value.is_none() {
            self.values.problem(format!("{}.{name}", self.place), format!("expected {}", T::expected()));
        }
        value.map(|value| *into = value).is_some()
    }

    /// Sets the text if the member is there and not blank.
    fn set_text(&mut self, name: &str, into: &mut Option<String>) {
        let mut text = Text(String::new());
        if self.set(name, &mut text) {
            *into = Some(text.0);
        }
    }

    /// Sets a limit that may be zero, if the member is there and valid.
    fn set_limit(&mut self, name: &str, set: impl FnOnce(Duration)) {
        let mut limit = Limit(Duration::ZERO);
        if self.set(name, &mut limit) {
            set(limit.0);
        }
    }

    /// Reads a member that is an object.
    fn within(&mut self, name: &str, read: impl FnOnce(&mut Members<'_>)) {
        let Some(value) = self.take(name) else { return };
        let mut members = Members::of(self.values, format!("{}.{name}", self.place), value);
        read(&mut members);
        members.finish();
    }

    /// Every member that was not taken is unknown.
    fn finish(self) {
        for name in self.left.keys() {
            let near = nearest(name, self.known.iter().map(String::as_str));
            let near = if near.is_empty() {
                format!("; use one of {}", listed(&self.known, "`", ", "))
            } else {
                near
            };
            self.values.problem(&self.place, format!("unknown setting `{}`{near}", name.escape_debug()));
        }
    }
}

/// The type of a member.
trait Member: Sized {
    /// What is expected, for messages.
    fn expected() -> String;

    fn read(value: &Value) -> Option<Self>;
}

impl Member for bool {
    fn expected() -> String {
        "`true` or `false`".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_bool()
    }
}

macro_rules! whole_numbers {
    ($($number:ty),+) => {
        $(impl Member for $number {
            fn expected() -> String {
                "a whole number of at least 1".to_owned()
            }

            fn read(value: &Value) -> Option<Self> {
                value.as_u64().filter(|number| *number > 0)?.try_into().ok()
            }
        })+
    };
}

whole_numbers!(u32, u64, usize);

impl Member for Duration {
    fn expected() -> String {
        "a duration: a whole number of at least 1 with a unit, `ms`, `s`, `m` or `h`, such as \"30s\""
            .to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        value.as_str()?.parse().ok().map(|InUnits(time)| time)
    }
}

/// A text that is not blank, as other texts of the settings are read.
struct Text(String);

impl Member for Text {
    fn expected() -> String {
        "a text that is not empty and has no control characters".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        let text = trimmed(value.as_str()?);
        (!text.is_empty() && control(text).is_none()).then(|| Self(text.to_owned()))
    }
}

/// A duration that may be zero.
struct Limit(Duration);

impl Member for Limit {
    fn expected() -> String {
        "a duration: a whole number with a unit, `ms`, `s`, `m` or `h`, such as \"24h\", or \"0s\" for none"
            .to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        if value.as_str() == Some("0s") {
            Some(Self(Duration::ZERO))
        } else {
            Duration::read(value).map(Self)
        }
    }
}

/// A limit that can be turned off, with "never" since TOML has no null.
impl<T: Member> Member for Option<T> {
    fn expected() -> String {
        format!("{}, or \"never\"", T::expected())
    }

    fn read(value: &Value) -> Option<Self> {
        if value.is_null() || value.as_str() == Some("never") { Some(None) } else { T::read(value).map(Some) }
    }
}

macro_rules! string_enums {
    ($($type:ty: $($string:literal => $value:expr),+;)+) => {
        $(impl Member for $type {
            fn expected() -> String {
                listed(&[$($string),+], "\"", " or ")
            }

            fn read(value: &Value) -> Option<Self> {
                match value.as_str()? {
                    $($string => Some($value),)+
                    _ => None,
                }
            }
        })+
    };
}

string_enums! {
    StartAt: "earliest" => Self::Earliest, "latest" => Self::Latest;
    MissingTopic: "create" => Self::Create, "refuse" => Self::Refuse;
    ReadFrom: "topic" => Self::Topic, "parked" => Self::Parked;
    UnknownRelease: "newest" => Self::Newest, "dead_letter" => Self::DeadLetter;
    AckPolicy: "on_success" => Self::OnSuccess, "always" => Self::Always;
}

fn listed(names: &[impl Display], quote: &str, between: &str) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("{quote}{name}{quote}")).collect();
    names.join(between)
}
