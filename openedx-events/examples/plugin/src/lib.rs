//! A plugin: receivers for events of Open edX that post JSON to a webhook, such as one of Zapier.
//!
//! It is a crate of its own. A service links it and provides its [`Webhook`]; see `../plugin-service`:
//!
//! ```text
//! cargo run -p example-plugin-service
//! ```

use openedx_events::learning::data::{CourseEnrollmentData, UserData};
use openedx_events::learning::signals::{
    COURSE_ENROLLMENT_CHANGED, COURSE_ENROLLMENT_CREATED, STUDENT_REGISTRATION_COMPLETED,
};
use openedx_events::{BoxError, EventsMetadata, receiver};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

/// Where the events are posted to. The service provides it.
#[derive(Clone, Debug)]
pub struct Webhook {
    agent: ureq::Agent,
    url: String,
}

impl Webhook {
    /// Posts to this URL.
    pub fn new(url: impl Into<String>) -> Self {
        Self { agent: ureq::Agent::new_with_defaults(), url: url.into() }
    }

    /// The client blocks, so it runs on tokio's threads for blocking work.
    async fn post(&self, metadata: &EventsMetadata, data: Value) -> Result<(), BoxError> {
        let payload = json!({
            "id": metadata.id().to_string(),
            "type": metadata.event_type(),
            "time": metadata.time().to_rfc3339(),
            "data": data,
        });
        let Self { agent, url } = self.clone();
        spawn_blocking(move || agent.post(&url).send_json(payload)).await??;
        Ok(())
    }
}

/// Async, so that the application that sends the event does not wait for the webhook.
#[receiver(STUDENT_REGISTRATION_COMPLETED)]
async fn forward_registration(
    user: &UserData,
    metadata: &EventsMetadata,
    #[state] webhook: &Webhook,
) -> Result<(), BoxError> {
    // Personal data leaves the platform here: forward what the other side needs.
    webhook.post(metadata, json!({ "user": user.id, "email": user.pii.email })).await
}

/// One receiver for two events that have the same field. On the event bus, it is retried.
#[receiver(COURSE_ENROLLMENT_CREATED, COURSE_ENROLLMENT_CHANGED, max_attempts = 10, timeout = "30s")]
async fn forward_enrollment(
    enrollment: &CourseEnrollmentData,
    metadata: &EventsMetadata,
    #[state] webhook: &Webhook,
) -> Result<(), BoxError> {
    let data = json!({
        "user": enrollment.user.id,
        "course": enrollment.course.course_key.to_string(),
        "mode": enrollment.mode,
        "is_active": enrollment.is_active,
    });
    webhook.post(metadata, data).await
}
