//! What goes over the bus: a full course enrollment, each of a course of its own or all of one.

use openedx_events::bus::Message;
use openedx_events::learning::data::{CourseData, CourseEnrollmentData, UserData, UserPersonalData};
use openedx_events::learning::signals::{COURSE_ENROLLMENT_CREATED, CourseEnrollmentCreated};

/// The number of courses: enough that a batch and the next one share none.
const COURSES: usize = 10_000;

fn user(id: i64, username: &str, name: &str) -> UserData {
    let pii = UserPersonalData::builder()
        .username(username)
        .email(format!("{username}@example.com"))
        .name(name)
        .build();
    UserData::builder().id(id).is_active(true).pii(pii).build()
}

pub(crate) fn event(course: usize) -> CourseEnrollmentCreated {
    let key = format!("course-v1:edX+DemoX+Course_{:04}", course % COURSES);
    let course = CourseData::builder()
        .course_key(key.parse().expect("a course key"))
        .display_name("Demonstration Course")
        .start("2026-01-01T00:00:00+00:00".parse().expect("a datetime"))
        .end("2026-12-31T23:59:59+00:00".parse().expect("a datetime"))
        .build();
    let enrollment = CourseEnrollmentData::builder()
        .user(user(42, "ada", "Ada Lovelace"))
        .course(course)
        .mode("verified")
        .is_active(true)
        .creation_date("2026-11-20T12:34:56.789012+00:00".parse().expect("a datetime"))
        .created_by(user(7, "staff", "Grace Hopper"))
        .build();
    CourseEnrollmentCreated { enrollment }
}

pub(crate) fn message(course: usize) -> Message {
    let metadata = COURSE_ENROLLMENT_CREATED.generate_metadata();
    Message::of_event(&event(course), &metadata).expect("it has a form on the wire")
}

/// Messages of courses in turn.
pub(crate) fn messages(count: usize) -> Vec<Message> {
    (0..count).map(message).collect()
}

/// Messages of one course.
pub(crate) fn of_one_course(count: usize) -> Vec<Message> {
    (0..count).map(|_| message(0)).collect()
}
