#![doc = include_str!("../README.md")]

use std::env;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use openedx_events::chrono::{DateTime, FixedOffset};
use openedx_events::isoformat;
use openedx_events::learning::data::{CourseData, CourseEnrollmentData, PersistentCourseGradeData, UserData};
use openedx_events::learning::signals::{
    COURSE_ENROLLMENT_CREATED, PERSISTENT_GRADE_SUMMARY_CHANGED, STUDENT_REGISTRATION_COMPLETED,
};
use openedx_events::{BoxError, EventsMetadata, Unavailable, receiver};
use ureq::http::{StatusCode, Uri};

/// A webhook that takes longer is taken for one that is down.
const TIMEOUT: Duration = Duration::from_secs(5);

#[receiver(STUDENT_REGISTRATION_COMPLETED, dedup)]
fn post_registration(
    user: &UserData,
    metadata: &EventsMetadata,
    #[state] zapier: &Zapier,
) -> Result<(), BoxError> {
    let Some(webhook) = &zapier.registration else { return Ok(()) };
    let mut form = Form::default();
    form.user("user", user);
    form.metadata(metadata)?;
    zapier.post(webhook, &form)
}

#[receiver(COURSE_ENROLLMENT_CREATED, dedup)]
fn post_enrollment(
    enrollment: &CourseEnrollmentData,
    metadata: &EventsMetadata,
    #[state] zapier: &Zapier,
) -> Result<(), BoxError> {
    let Some(webhook) = &zapier.enrollment else { return Ok(()) };
    let mut form = Form::default();
    form.user("enrollment_user", &enrollment.user);
    form.course("enrollment_course", &enrollment.course)?;
    form.add("enrollment_mode", &enrollment.mode);
    form.add("enrollment_is_active", python_bool(enrollment.is_active));
    form.add("enrollment_creation_date", python_time(enrollment.creation_date)?);
    if let Some(user) = &enrollment.created_by {
        form.user("enrollment_created_by", user);
    }
    form.metadata(metadata)?;
    zapier.post(webhook, &form)
}

#[receiver(PERSISTENT_GRADE_SUMMARY_CHANGED, dedup)]
fn post_grade(
    grade: &PersistentCourseGradeData,
    metadata: &EventsMetadata,
    #[state] zapier: &Zapier,
) -> Result<(), BoxError> {
    let Some(webhook) = &zapier.grade else { return Ok(()) };
    let mut form = Form::default();
    form.add("grade_user_id", grade.user_id.to_string());
    form.course("grade_course", &grade.course)?;
    form.add("grade_course_edited_timestamp", python_time(grade.course_edited_timestamp)?);
    form.add("grade_course_version", &grade.course_version);
    form.add("grade_grading_policy_hash", &grade.grading_policy_hash);
    // As Python writes floats: always with a fraction.
    form.add("grade_percent_grade", format!("{:?}", grade.percent_grade));
    form.add("grade_letter_grade", &grade.letter_grade);
    form.add("grade_passed_timestamp", python_time(grade.passed_timestamp)?);
    form.metadata(metadata)?;
    zapier.post(webhook, &form)
}

/// The webhooks, and the client that posts to them. The service provides it to the receivers.
pub struct Zapier {
    agent: ureq::Agent,
    registration: Option<Webhook>,
    enrollment: Option<Webhook>,
    grade: Option<Webhook>,
}

/// Whoever knows the URL of a webhook may post to it, so that no log and no error shows it.
struct Webhook {
    setting: &'static str,
    url: Uri,
}

impl Zapier {
    /// Reads the settings from environment variables.
    ///
    /// # Errors
    ///
    /// A setting is not the URL of a webhook.
    pub fn from_env() -> Result<Self, InvalidSetting> {
        // A value that is not text is no URL either.
        Self::from_settings(|name| env::var_os(name).map(|value| value.to_string_lossy().into_owned()))
    }

    /// Asks for the value of each setting. One that is missing or empty has no webhook, and its event is not posted.
    ///
    /// # Errors
    ///
    /// A setting is not the URL of a webhook.
    pub fn from_settings(setting: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let webhook = |name| match setting(name) {
            Some(url) if !url.is_empty() => Webhook::new(name, &url).map(Some),
            _ => Ok(None),
        };
        let config = ureq::Agent::config_builder()
            .timeout_global(Some(TIMEOUT))
            // Nobody but the webhook gets the data.
            .max_redirects(0)
            .http_status_as_error(false)
            .build();
        Ok(Self {
            agent: config.into(),
            registration: webhook("ZAPIER_REGISTRATION_WEBHOOK")?,
            enrollment: webhook("ZAPIER_ENROLLMENT_WEBHOOK")?,
            grade: webhook("ZAPIER_PERSISTENT_GRADE_COURSE_WEBHOOK")?,
        })
    }

    /// Posts the form, and blocks until the webhook has answered, at most for [`TIMEOUT`].
    fn post(&self, webhook: &Webhook, form: &Form) -> Result<(), BoxError> {
        let fields = form.fields.iter().map(|(name, value)| (name, value));
        let setting = webhook.setting;
        let status = match self.agent.post(&webhook.url).send_form(fields) {
            Ok(response) => response.status(),
            Err(error) => {
                return Err(
                    Unavailable::new(format!("{setting}: the webhook cannot be reached: {error}")).into()
                );
            }
        };
        let refused = || format!("{setting}: the webhook answered {status}");
        match status {
            _ if status.is_success() => Ok(()),
            // It is the webhook that does not work, and not this event: the bus waits until it does.
            StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT => Err(Unavailable::new(refused()).into()),
            _ => Err(refused().into()),
        }
    }
}

/// The settings that have a webhook.
impl fmt::Debug for Zapier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries([&self.registration, &self.enrollment, &self.grade].into_iter().flatten())
            .finish()
    }
}

impl Webhook {
    fn new(setting: &'static str, url: &str) -> Result<Self, InvalidSetting> {
        let url: Uri = url.parse().map_err(|_| InvalidSetting { setting })?;
        match (url.scheme_str(), url.host()) {
            (Some("http" | "https"), Some(_)) => Ok(Self { setting, url }),
            _ => Err(InvalidSetting { setting }),
        }
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.setting)
    }
}

/// A setting is not the URL of a webhook. Its value is not shown, as it may be one with a mistake.
#[derive(Debug)]
pub struct InvalidSetting {
    setting: &'static str,
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not a URL: pass that of the webhook, such as https://hooks.zapier.com/…",
            self.setting
        )
    }
}

impl Error for InvalidSetting {}

/// Names and values in the order of the Python plugin: those of nested data are joined by `_`, and what is missing is left out.
#[derive(Default)]
struct Form {
    fields: Vec<(String, String)>,
}

impl Form {
    fn add(&mut self, name: impl Into<String>, value: impl Into<String>) {
        self.fields.push((name.into(), value.into()));
    }

    fn user(&mut self, name: &str, user: &UserData) {
        self.add(format!("{name}_id"), user.id.to_string());
        self.add(format!("{name}_is_active"), python_bool(user.is_active));
        self.add(format!("{name}_pii_username"), &user.pii.username);
        self.add(format!("{name}_pii_email"), &user.pii.email);
        self.add(format!("{name}_pii_name"), &user.pii.name);
    }

    fn course(&mut self, name: &str, course: &CourseData) -> Result<(), BoxError> {
        self.add(format!("{name}_course_key"), course.course_key.to_string());
        self.add(format!("{name}_display_name"), &course.display_name);
        for (part, time) in [("start", course.start), ("end", course.end)] {
            if let Some(time) = time {
                self.add(format!("{name}_{part}"), python_time(time)?);
            }
        }
        Ok(())
    }

    fn metadata(&mut self, metadata: &EventsMetadata) -> Result<(), BoxError> {
        self.add("event_metadata_event_type", metadata.event_type());
        self.add("event_metadata_id", metadata.id().to_string());
        self.add("event_metadata_minorversion", metadata.minorversion().to_string());
        self.add("event_metadata_source", metadata.source());
        self.add("event_metadata_sourcehost", metadata.sourcehost());
        self.add("event_metadata_time", python_time(metadata.time().fixed_offset())?);
        for number in metadata.sourcelib() {
            self.add("event_metadata_sourcelib", number.to_string());
        }
        Ok(())
    }
}

fn python_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}

/// As Python's `str` writes it: like `isoformat`, with a space.
fn python_time(time: DateTime<FixedOffset>) -> Result<String, BoxError> {
    Ok(isoformat::format_fixed(time)?.as_str().replacen('T', " ", 1))
}
