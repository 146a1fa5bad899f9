//! The forms in which events are posted: [`WebhookForm`].

mod flat;
mod standard;

use crate::cloudevents::{self, HttpEvent};
use crate::receiver::BoxError;
use crate::signal::event::AnyEvent;
use crate::{EventsMetadata, PersonalData};

/// The form in which a webhook posts events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookForm {
    /// A [CloudEvent](crate::cloudevents) in JSON with its metadata (structured mode): `cloudevents` in settings.
    #[default]
    CloudEvents,
    /// A CloudEvent with its metadata in headers, and the data in the body (binary mode): `cloudevents_binary`.
    CloudEventsBinary,
    /// `{"type", "timestamp", "data"}`, as [Standard Webhooks](https://www.standardwebhooks.com) recommends: `standard`. Needs a
    /// secret.
    Standard,
    /// An HTML form with a field for each value, as the plugin openedx-events-2-zapier posts it: `flat`.
    Flat,
}

/// The headers and the body of a request.
pub(super) struct Content {
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl WebhookForm {
    /// Its name in settings.
    pub fn name(self) -> &'static str {
        match self {
            Self::CloudEvents => "cloudevents",
            Self::CloudEventsBinary => "cloudevents_binary",
            Self::Standard => "standard",
            Self::Flat => "flat",
        }
    }

    /// Writes an event.
    pub(super) fn write(
        self,
        event: &dyn AnyEvent,
        metadata: &EventsMetadata,
        personal: PersonalData,
    ) -> Result<Content, BoxError> {
        let of_type = |content_type: &str, body| Content {
            headers: vec![("content-type", content_type.to_owned())],
            body,
        };
        match self {
            Self::CloudEvents => {
                Ok(of_type(cloudevents::STRUCTURED, cloudevents::to_json(event, metadata, personal)?))
            }
            Self::CloudEventsBinary => {
                let HttpEvent { headers, body } = cloudevents::to_http(event, metadata, personal)?;
                Ok(Content { headers, body })
            }
            Self::Standard => Ok(of_type("application/json", standard::write(event, metadata, personal)?)),
            Self::Flat => {
                Ok(of_type("application/x-www-form-urlencoded", flat::write(event, metadata, personal)?))
            }
        }
    }
}
