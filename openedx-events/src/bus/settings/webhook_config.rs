//! Webhooks: `EVENT_WEBHOOKS`.

use std::collections::BTreeMap;

use serde_json::Value;

use super::layer::WEBHOOKS;
use super::members::{Member, Members, Text, delivery_policy, listed, string_enums};
use super::values::Values;
use crate::bus::webhook::{Secret, WebhookForm, WebhookSettings};

/// Reads `EVENT_WEBHOOKS`: the webhooks by their names.
pub(super) fn read(values: &mut Values) -> BTreeMap<String, WebhookSettings> {
    let mut webhooks = BTreeMap::new();
    let Some(setting) = values.take(WEBHOOKS) else { return webhooks };
    let place = format!("{}: {WEBHOOKS}", setting.place);
    for (name, value) in values.members(&place, setting.value, "webhooks") {
        let place = format!("{place}.{name}");
        if !is_name(&name) {
            values.problem(&place, "the name of a webhook has only letters, digits, `-` and `_`");
        }
        webhooks.extend(webhook(values, &place, value).map(|webhook| (name, webhook)));
    }
    webhooks
}

/// It is part of the names of groups, and of metrics.
fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn webhook(values: &mut Values, place: &str, value: Value) -> Option<WebhookSettings> {
    let mut config = Members::of(values, place.to_owned(), value);
    let mut url = None;
    config.set_text("url", &mut url);
    let has_url = url.is_some();
    // Without one, what else is wrong shows as well.
    let mut webhook = WebhookSettings::new(Secret::parse(url.as_deref().unwrap_or("https://example.com")));
    let mut texts = Texts::default();
    if config.set("events", &mut texts) {
        webhook.events = std::mem::take(&mut texts.0);
    }
    if config.set("topics", &mut texts) {
        webhook.topics = std::mem::take(&mut texts.0);
    }
    config.set("form", &mut webhook.form);
    let mut secret = None;
    config.set_text("secret", &mut secret);
    let has_secrets = config.set("secrets", &mut texts);
    if secret.is_some() && has_secrets {
        config.values.problem(format!("{place}.secrets"), "given beside `secret`: use one of the two");
    }
    for text in secret.into_iter().chain(texts.0) {
        match Secret::parse(&text) {
            Secret::Text(_) => config.values.problem(
                format!("{place}.secret"),
                "must not be in the settings: use `env:NAME` or `file:PATH`",
            ),
            secret => webhook.secrets.push(secret),
        }
    }
    config.within("headers", |headers| {
        for name in headers.names() {
            let mut value = None;
            headers.set_text(&name, &mut value);
            webhook.headers.extend(value.map(|value| (name, Secret::parse(&value))));
        }
    });
    config.set("personal_data", &mut webhook.personal_data);
    config.set("allow_private", &mut webhook.allow_private);
    config.set("timeout", &mut webhook.timeout);
    config.set_text("group", &mut webhook.group);
    delivery_policy(&mut config, &mut webhook.delivery);
    config.finish();
    if !has_url {
        values.problem(place, "`url` is missing: set it to where events are posted, or to `env:NAME`");
    }
    for wrong in webhook.wrong() {
        let place = format!("{place}.{}", wrong.member);
        match wrong.unknown_event.clone() {
            Some(event) => values.unknown_event(place, event, wrong),
            None => values.invalid(place, wrong),
        }
    }
    has_url.then_some(webhook)
}

/// A list of texts that are not blank.
#[derive(Default)]
struct Texts(Vec<String>);

impl Member for Texts {
    fn expected() -> String {
        "a list of texts that are not empty".to_owned()
    }

    fn read(value: &Value) -> Option<Self> {
        let texts = value.as_array()?.iter().map(|text| Some(Text::read(text)?.0));
        texts.collect::<Option<_>>().map(Self)
    }
}

string_enums! {
    WebhookForm: "cloudevents" => Self::CloudEvents, "cloudevents_binary" => Self::CloudEventsBinary, "standard" => Self::Standard,
        "flat" => Self::Flat;
}
