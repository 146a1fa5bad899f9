//! One endpoint, and posting to it: [`Endpoint`].

use std::fmt;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderName, HeaderValue, Uri};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Timeout};

use super::address::{PrivateAddress, Resolve};
use super::answer::Answer;
use super::form::Content;
use super::retry_after;
use super::secret::Secret;
use super::settings::{WebhookSettings, check_url, shown};
use super::signature::{SigningKey, signatures};
use crate::bus::Recipient;
use crate::bus::message::topic::Topic;
use crate::chain::Chain;
use crate::receiver::{BoxError, ReceiverResult};
use crate::signal::context::Context;
use crate::signal::event::AnyEvent;
use crate::signal::registry::pattern::Pattern;
use crate::{EventsMetadata, Permanent, PersonalData, Unavailable};

/// This much of a response is read, so that its connection can be used again.
const MAX_BODY: u64 = 64 * 1024;

/// A webhook with its secrets.
pub(crate) struct Endpoint {
    name: String,
    settings: WebhookSettings,
    uri: Uri,
    /// The scheme and the host.
    shown: String,
    patterns: Vec<Pattern>,
    topics: Vec<Topic>,
    keys: Vec<SigningKey>,
    headers: Vec<(HeaderName, HeaderValue)>,
    agent: Agent,
}

/// A request as it is posted.
pub(crate) struct Request {
    /// In order. The values of those that the settings name are secrets, and marked so.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: String,
}

/// What has come back.
pub(crate) struct Response {
    pub(crate) answer: Answer,
    #[cfg(feature = "cli")]
    pub(crate) headers: Vec<(String, String)>,
    /// The beginning of the body.
    #[cfg(feature = "cli")]
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) enum NoAnswer {
    /// It did not come in time. The endpoint may have the event.
    TooLate(String),
    /// The endpoint cannot be reached.
    Unreachable(String),
}

impl Endpoint {
    /// The endpoint of a webhook. `prefix` is that of topics.
    ///
    /// # Errors
    ///
    /// All that is wrong: the member and the problem, which shows no secret.
    pub(super) fn new(
        name: &str,
        settings: &WebhookSettings,
        prefix: &str,
    ) -> Result<Self, Vec<(String, BoxError)>> {
        let wrong = settings.wrong().into_iter().map(|wrong| (wrong.member, wrong.error));
        let mut problems = Problems(wrong.collect());
        let url = problems.take("url", settings.url.resolve());
        // What is wrong with a literal one is known by now.
        let is_literal = matches!(settings.url, Secret::Text(_));
        let uri = match url.map(|url| check_url(&url, settings.allow_private)) {
            Some(Err(_)) | None if is_literal => None,
            Some(uri) => problems.take("url", uri.map_err(|error| format!("{}: {error}", settings.url))),
            None => None,
        };
        let (mut keys, mut headers) = (Vec::new(), Vec::new());
        for secret in &settings.secrets {
            let key = secret
                .resolve()
                .and_then(|text| SigningKey::parse(&text).map_err(|error| format!("{secret}: {error}")));
            keys.extend(problems.take("secret", key));
        }
        for (header, source) in &settings.headers {
            let value = source.resolve().and_then(|text| header_value(&text, source));
            let value = problems.take(&format!("headers.{header}"), value);
            // A name that is none is among the problems.
            headers.extend(HeaderName::try_from(header).ok().zip(value));
        }
        let topics = settings.topics.iter().map(|topic| Topic::with_prefix(prefix, topic));
        let topics = problems.take("topics", topics.collect::<Result<_, _>>());
        let patterns = settings.events.iter().filter_map(|event| Pattern::parse(event).ok()).collect();
        match (uri, topics) {
            (Some(uri), Some(topics)) if problems.0.is_empty() => Ok(Self {
                name: name.to_owned(),
                settings: settings.clone(),
                shown: shown(&uri),
                uri,
                patterns,
                topics,
                keys,
                headers,
                agent: agent(settings),
            }),
            _ => Err(problems.0),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Its scheme and host. The path may be a secret.
    #[cfg(feature = "cli")]
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    pub(crate) fn settings(&self) -> &WebhookSettings {
        &self.settings
    }

    pub(crate) fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// Its consumer group, which is also its name as a receiver.
    pub(crate) fn group(&self) -> String {
        self.settings.group_of(&self.name)
    }

    /// Whether events of this type are posted.
    pub(crate) fn wants(&self, event_type: &str) -> bool {
        self.patterns.iter().any(|pattern| pattern.fits(event_type))
    }

    /// The recipient of its consumer.
    pub(super) fn recipient(self: Arc<Self>) -> Recipient {
        let endpoint = Arc::clone(&self);
        let deliver = move |event: &dyn AnyEvent, context: &Context<'_>| self.deliver(event, context);
        let name = endpoint.group();
        Recipient::new(name, deliver).only(move |event_type| endpoint.wants(event_type))
    }

    fn deliver(&self, event: &dyn AnyEvent, context: &Context<'_>) -> ReceiverResult {
        // What has no form has none at the next attempt.
        let request = self.request(event, context.metadata(), SystemTime::now()).map_err(Permanent::new)?;
        match self.post(&request) {
            Ok(response) => response.answer.result(&self.shown),
            Err(NoAnswer::TooLate(error)) => Err(error.into()),
            Err(NoAnswer::Unreachable(error)) => Err(Unavailable::new(error).into()),
        }
    }

    /// Writes the request for an event.
    ///
    /// # Errors
    ///
    /// The event cannot be written in the form, as a value of it has no JSON.
    pub(crate) fn request(
        &self,
        event: &dyn AnyEvent,
        metadata: &EventsMetadata,
        now: SystemTime,
    ) -> Result<Request, BoxError> {
        let personal = if self.settings.personal_data { PersonalData::Keep } else { PersonalData::Redact };
        let Content { headers, body } = self.settings.form.write(event, metadata, personal)?;
        let mut request = Request { headers: Vec::new(), body };
        for (name, value) in headers {
            request.headers.push((HeaderName::from_static(name), HeaderValue::try_from(value)?));
        }
        if !self.keys.is_empty() {
            let (id, timestamp) = (metadata.id().to_string(), unix_seconds(now));
            let signed = signatures(&self.keys, &id, timestamp, &request.body);
            for (name, value) in [
                ("webhook-id", id),
                ("webhook-timestamp", timestamp.to_string()),
                ("webhook-signature", signed),
            ] {
                request.headers.push((HeaderName::from_static(name), HeaderValue::try_from(value)?));
            }
        }
        request.headers.extend(self.headers.iter().cloned());
        Ok(request)
    }

    /// Posts a request. Blocks at most for the timeout of the settings.
    ///
    /// # Errors
    ///
    /// There is no answer.
    pub(crate) fn post(&self, request: &Request) -> Result<Response, NoAnswer> {
        let mut call = self.agent.post(&self.uri);
        for (name, value) in &request.headers {
            call = call.header(name, value);
        }
        let response = call.send(request.body.as_bytes()).map_err(|error| self.no_answer(&error))?;
        let (parts, body) = response.into_parts();
        let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let now = SystemTime::now();
        let retry_after =
            parts.headers.get("retry-after").and_then(|value| retry_after::read(&text(value), now));
        let mut read = Vec::new();
        // The status is all that counts: what the body says, or that it does not end, changes nothing.
        let _ = body.into_reader().take(MAX_BODY).read_to_end(&mut read);
        Ok(Response {
            answer: Answer { status: parts.status, retry_after },
            #[cfg(feature = "cli")]
            headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            #[cfg(feature = "cli")]
            body: read,
        })
    }

    fn no_answer(&self, error: &ureq::Error) -> NoAnswer {
        let (shown, timeout) = (&self.shown, self.settings.timeout);
        match error {
            // The endpoint was not even reached.
            ureq::Error::Timeout(Timeout::Resolve | Timeout::Connect) => {
                NoAnswer::Unreachable(format!("{shown} cannot be reached within {timeout:?}"))
            }
            ureq::Error::Timeout(_) => {
                NoAnswer::TooLate(format!("{shown} has not answered within {timeout:?}"))
            }
            ureq::Error::Other(other) if other.is::<PrivateAddress>() => {
                NoAnswer::Unreachable(format!("{shown} is not posted to: {other}"))
            }
            ureq::Error::Io(error) => {
                NoAnswer::Unreachable(format!("{shown} cannot be reached: {}", Chain(error)))
            }
            other => NoAnswer::Unreachable(format!("{shown} cannot be posted to: {}", Chain(other))),
        }
    }
}

/// Without secrets.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("host", &self.shown)
            .finish_non_exhaustive()
    }
}

impl fmt::Display for NoAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLate(error) | Self::Unreachable(error) => f.write_str(error),
        }
    }
}

/// What is wrong with a webhook, by member.
struct Problems(Vec<(String, BoxError)>);

impl Problems {
    /// The value, or a problem more.
    fn take<T>(&mut self, member: &str, result: Result<T, impl Into<BoxError>>) -> Option<T> {
        result.map_err(|error| self.0.push((member.to_owned(), error.into()))).ok()
    }
}

/// The value of a header, marked as a secret. The error does not show it.
fn header_value(text: &str, source: &Secret) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::try_from(text)
        .map_err(|_| format!("{source} has a character that no header may have"))?;
    value.set_sensitive(true);
    Ok(value)
}

fn agent(settings: &WebhookSettings) -> Agent {
    let config = Agent::config_builder()
        .timeout_global(Some(settings.timeout))
        // Not a proxy of the environment: its address would be the one that is checked.
        .proxy(None)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .http_status_as_error(false)
        .max_idle_age(Duration::from_secs(10))
        .user_agent(concat!("openedx-events/", env!("CARGO_PKG_VERSION")))
        .build();
    let resolve = Resolve { allow_private: settings.allow_private };
    Agent::with_parts(config, DefaultConnector::default(), resolve)
}

fn unix_seconds(now: SystemTime) -> i64 {
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}
