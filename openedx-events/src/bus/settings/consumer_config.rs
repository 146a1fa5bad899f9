//! Consumer settings: `EVENT_BUS_CONSUMER_CONFIG`.

use serde_json::Value;

use super::layer::CONSUMER_CONFIG;
use super::members::{Member, Members, delivery_policy, listed, string_enums};
use super::values::Values;
use crate::bus::consume::{AckPolicy, ConsumerSettings, MissingTopic, ReadFrom, RetryPolicy, UnknownRelease};
use crate::bus::contract::StartAt;
use crate::receiver::delivery::DeliveryPolicy;

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
            receivers.within(&path, |of_receiver| {
                of_receiver.set("timeout", &mut policy.timeout);
                delivery_policy(of_receiver, &mut policy);
            });
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

string_enums! {
    StartAt: "earliest" => Self::Earliest, "latest" => Self::Latest;
    MissingTopic: "create" => Self::Create, "refuse" => Self::Refuse;
    ReadFrom: "topic" => Self::Topic, "parked" => Self::Parked;
    UnknownRelease: "newest" => Self::Newest, "dead_letter" => Self::DeadLetter;
    AckPolicy: "on_success" => Self::OnSuccess, "always" => Self::Always;
}
