//! The settings of one webhook: [`WebhookSettings`].

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use ureq::http::uri::Authority;
use ureq::http::{HeaderName, Uri};

use super::form::WebhookForm;
use super::secret::Secret;
use crate::bus::message::topic::Topic;
use crate::receiver::BoxError;
use crate::receiver::delivery::DeliveryPolicy;
use crate::signal::registry::pattern::Pattern;

/// The settings of one webhook, in [`BusSettings::webhooks`](crate::bus::BusSettings::webhooks) by its name. In files they are members
/// of `EVENT_WEBHOOKS`, under the names of these fields.
///
/// ```
/// use openedx_events::bus::BusSettings;
///
/// let toml = r#"
/// [EVENT_WEBHOOKS.crm]
/// url = "https://crm.example.com/hooks/openedx"
/// events = ["*"]
/// topics = ["learning-enrollment"]
/// form = "standard"
/// secret = "env:CRM_SECRET"
/// "#;
/// let settings = BusSettings::layers().toml("bus.toml", toml).read()?;
/// assert!(!settings.webhooks["crm"].personal_data);
/// # Ok::<(), openedx_events::bus::SettingsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct WebhookSettings {
    /// Where events are posted. `https`, or `http` with [`allow_private`](Self::allow_private). Some URLs are secrets: only their scheme
    /// and host are shown.
    pub url: Secret,
    /// The types that are posted, and patterns of them: `org.openedx.learning.*`, `*`.
    pub events: Vec<String>,
    /// The topics to consume, without the prefix of the settings.
    pub topics: Vec<String>,
    /// The form in which events are posted.
    pub form: WebhookForm,
    /// The secrets that requests are signed with: `secret`, or `secrets` for two while one is being replaced. None: requests are not
    /// signed.
    pub secrets: Vec<Secret>,
    /// More headers, such as `authorization`.
    pub headers: BTreeMap<String, Secret>,
    /// Whether personal data are posted. Otherwise `<redacted>` is in their place.
    pub personal_data: bool,
    /// Whether the URL may lead to an address that is not one of the public internet, and may be `http`.
    pub allow_private: bool,
    /// How long a request may take, from the look-up of the host to the end of the response. Default: 15 s.
    pub timeout: Duration,
    /// The consumer group. Default: `webhook-` and the name.
    pub group: Option<String>,
    /// How events are delivered: `max_attempts`, `initial_backoff`, `max_backoff`, `outage_limit` and `dedup` in settings.
    pub delivery: DeliveryPolicy,
}

/// How long a request may take.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Headers that the form, the signature or HTTP sets.
const RESERVED: [&str; 8] =
    ["connection", "content-length", "content-type", "expect", "host", "te", "transfer-encoding", "upgrade"];

/// Something that is wrong with the settings of a webhook.
pub(in crate::bus) struct Wrong {
    /// The member, with the place in it.
    pub(in crate::bus) member: String,
    pub(in crate::bus) error: BoxError,
    /// The event type, or the pattern, that the program does not know.
    pub(in crate::bus) unknown_event: Option<String>,
}

impl WebhookSettings {
    /// Posts to this URL, with the other settings at their defaults: no events and no topics yet.
    pub fn new(url: Secret) -> Self {
        Self {
            url,
            events: Vec::new(),
            topics: Vec::new(),
            form: WebhookForm::default(),
            secrets: Vec::new(),
            headers: BTreeMap::new(),
            personal_data: false,
            allow_private: false,
            timeout: TIMEOUT,
            group: None,
            delivery: DeliveryPolicy::new(),
        }
    }

    /// Sets [`events`](Self::events).
    #[must_use]
    pub fn events<T: Into<String>>(self, events: impl IntoIterator<Item = T>) -> Self {
        Self { events: events.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets [`topics`](Self::topics).
    #[must_use]
    pub fn topics<T: Into<String>>(self, topics: impl IntoIterator<Item = T>) -> Self {
        Self { topics: topics.into_iter().map(Into::into).collect(), ..self }
    }

    /// Sets [`form`](Self::form).
    #[must_use]
    pub fn form(self, form: WebhookForm) -> Self {
        Self { form, ..self }
    }

    /// Sets [`secrets`](Self::secrets).
    #[must_use]
    pub fn secrets(self, secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self { secrets: secrets.into_iter().collect(), ..self }
    }

    /// Adds one of the [`headers`](Self::headers).
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: Secret) -> Self {
        self.headers.insert(name.into(), value);
        self
    }

    /// Sets [`personal_data`](Self::personal_data).
    #[must_use]
    pub fn personal_data(self, personal_data: bool) -> Self {
        Self { personal_data, ..self }
    }

    /// Sets [`allow_private`](Self::allow_private).
    #[must_use]
    pub fn allow_private(self, allow_private: bool) -> Self {
        Self { allow_private, ..self }
    }

    /// Sets [`timeout`](Self::timeout).
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// Sets [`group`](Self::group).
    #[must_use]
    pub fn group(self, group: impl Into<Option<String>>) -> Self {
        Self { group: group.into(), ..self }
    }

    /// Sets [`delivery`](Self::delivery).
    #[must_use]
    pub fn delivery(self, delivery: DeliveryPolicy) -> Self {
        Self { delivery, ..self }
    }

    /// The consumer group of the webhook with this name, which is also its name as a receiver.
    pub(crate) fn group_of(&self, name: &str) -> String {
        self.group.clone().unwrap_or_else(|| format!("webhook-{name}"))
    }

    /// The scheme and the host of a literal URL, and nothing of one that comes from elsewhere.
    #[cfg(feature = "cli")]
    pub(crate) fn shown_url(&self) -> String {
        match &self.url {
            Secret::Text(url) => url.parse().map(|uri| shown(&uri)).unwrap_or_default(),
            Secret::Env(_) | Secret::File(_) => String::new(),
        }
    }

    /// All that is wrong, as far as it shows without reading the secrets.
    pub(in crate::bus) fn wrong(&self) -> Vec<Wrong> {
        let mut wrong = Vec::new();
        let mut add = |member: &str, error: BoxError, unknown_event: Option<String>| {
            wrong.push(Wrong { member: member.to_owned(), error, unknown_event });
        };
        if let Secret::Text(url) = &self.url
            && let Err(error) = check_url(url, self.allow_private)
        {
            add("url", error.into(), None);
        }
        if self.events.is_empty() {
            add(
                "events",
                "missing: name the event types, or patterns such as \"org.openedx.learning.*\"".into(),
                None,
            );
        }
        for event in &self.events {
            if let Err(error) = Pattern::parse(event) {
                let unknown = error.is_unknown().then(|| event.clone());
                add("events", Box::new(error), unknown);
            }
        }
        if self.topics.is_empty() {
            add("topics", "missing: name the topics to consume".into(), None);
        }
        for (place, topic) in self.topics.iter().enumerate() {
            if self.topics[..place].contains(topic) {
                add("topics", format!("`{}` is given twice", topic.escape_debug()).into(), None);
            }
            if let Err(error) = Topic::new(topic.as_str()) {
                add("topics", Box::new(error), None);
            }
        }
        if self.form == WebhookForm::Standard && self.secrets.is_empty() {
            add("secret", "missing: the form `standard` is signed".into(), None);
        }
        for name in self.headers.keys() {
            if let Err(error) = check_header(name) {
                add("headers", error.into(), None);
            }
        }
        if self.timeout.is_zero() {
            add("timeout", "must not be zero".into(), None);
        }
        if self.group.as_ref().is_some_and(String::is_empty) {
            add("group", "must not be empty".into(), None);
        }
        wrong
    }
}

/// The scheme and the host of a URL with its port. The rest may be a secret.
pub(super) fn shown(uri: &Uri) -> String {
    let scheme = uri.scheme_str().unwrap_or_default();
    format!("{scheme}://{}", uri.authority().map(Authority::as_str).unwrap_or_default())
}

/// Checks a URL. The error does not show it.
pub(super) fn check_url(url: &str, allow_private: bool) -> Result<Uri, String> {
    let uri: Uri = url.parse().map_err(|error| format!("not a URL: {error}"))?;
    let Some(authority) = uri.authority().filter(|authority| !authority.host().is_empty()) else {
        return Err("not a URL with a host, such as https://example.com/hook".to_owned());
    };
    if authority.as_str().contains('@') {
        return Err("must not have a user or a password: use `headers.authorization`".to_owned());
    }
    match uri.scheme_str() {
        Some("https") => Ok(uri),
        Some("http") if allow_private => Ok(uri),
        Some("http") => Err("`http` is not encrypted: use `https`, or set `allow_private = true`".to_owned()),
        _ => Err("must begin with `https://`".to_owned()),
    }
}

fn check_header(name: &str) -> Result<(), String> {
    let shown = name.escape_debug();
    let Ok(parsed) = HeaderName::try_from(name) else { return Err(format!("`{shown}` is not a header")) };
    let is_reserved = RESERVED.contains(&parsed.as_str())
        || parsed.as_str().starts_with("webhook-")
        || parsed.as_str().starts_with("ce-");
    if is_reserved { Err(format!("`{shown}` is set by the form: remove it")) } else { Ok(()) }
}

/// The text is that of the cause.
impl fmt::Debug for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.member, self.error)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl Error for Wrong {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}
