//! A full course enrollment: the payload of `org.openedx.learning.course.enrollment.created.v1` with every optional
//! field set.

use chrono::{DateTime, FixedOffset};
use openedx_events::EventData;
use openedx_events::keys::CourseKey;

#[derive(Clone, EventData)]
pub(crate) struct UserPersonalData {
    #[event_data(pii)]
    pub(crate) username: String,
    #[event_data(pii)]
    pub(crate) email: String,
    #[event_data(pii)]
    pub(crate) name: String,
}

#[derive(Clone, EventData)]
pub(crate) struct UserData {
    pub(crate) id: i64,
    pub(crate) is_active: bool,
    pub(crate) pii: UserPersonalData,
}

#[derive(Clone, EventData)]
pub(crate) struct CourseData {
    pub(crate) course_key: CourseKey,
    pub(crate) display_name: String,
    pub(crate) start: Option<DateTime<FixedOffset>>,
    pub(crate) end: Option<DateTime<FixedOffset>>,
}

#[derive(Clone, EventData)]
pub(crate) struct CourseEnrollmentData {
    pub(crate) user: UserData,
    pub(crate) course: CourseData,
    pub(crate) mode: String,
    pub(crate) is_active: bool,
    pub(crate) creation_date: DateTime<FixedOffset>,
    pub(crate) created_by: Option<UserData>,
}

fn user(id: i64, username: &str, name: &str) -> UserData {
    let pii = UserPersonalData {
        username: username.to_owned(),
        email: format!("{username}@example.com"),
        name: name.to_owned(),
    };
    UserData { id, is_active: true, pii }
}

fn datetime(text: &str) -> DateTime<FixedOffset> {
    text.parse().expect("a datetime")
}

pub(crate) fn full() -> CourseEnrollmentData {
    CourseEnrollmentData {
        user: user(42, "ada", "Ada Lovelace"),
        course: CourseData {
            course_key: "course-v1:edX+DemoX+Demo_Course".parse().expect("a course key"),
            display_name: "Demonstration Course".to_owned(),
            start: Some(datetime("2026-01-01T00:00:00+00:00")),
            end: Some(datetime("2026-12-31T23:59:59+00:00")),
        },
        mode: "verified".to_owned(),
        is_active: true,
        creation_date: datetime("2026-11-20T12:34:56.789012+00:00"),
        created_by: Some(user(7, "staff", "Grace Hopper")),
    }
}
