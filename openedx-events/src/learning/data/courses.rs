//! Courses, who is enrolled in them, and their cohorts.

use bon::Builder;
use chrono::{DateTime, FixedOffset};

use super::UserData;
use crate::EventData;
use crate::keys::{CCXLocator, CourseKey};

/// A run of a course.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CourseData {
    /// Which run it is.
    pub course_key: CourseKey,
    /// The title that learners see; empty if the sender did not look it up.
    #[event_data(default)]
    #[builder(default)]
    pub display_name: String,
    /// When the run begins, if that is set.
    pub start: Option<DateTime<FixedOffset>>,
    /// When the run ends, if that is set.
    pub end: Option<DateTime<FixedOffset>>,
}

/// A custom course (CCX): a coach's own offering of a course that somebody else made.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CcxCourseData {
    /// Which custom course it is.
    pub ccx_course_key: CCXLocator,
    /// The course that it offers.
    pub master_course_key: CourseKey,
    /// The title that learners see; empty if the sender did not look it up.
    #[event_data(default)]
    #[builder(default)]
    pub display_name: String,
    /// The email address of the coach; empty if it is not known.
    #[event_data(default, pii)]
    #[builder(default)]
    pub coach_email: String,
    /// When it begins, if that is set. A text, whose form is left to the sender.
    pub start: Option<String>,
    /// When it ends, if that is set. A text, whose form is left to the sender.
    pub end: Option<String>,
    /// How many learners the coach may take in; no limit if it is left out.
    pub max_students_allowed: Option<i64>,
}

/// The enrollment of a user in a run of a course.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CourseEnrollmentData {
    /// Who is enrolled.
    pub user: UserData,
    /// In what.
    pub course: CourseData,
    /// On what terms, such as `audit`, `honor` or `verified`.
    pub mode: String,
    /// Whether the enrollment stands. It is kept, but does not stand, once the user has left.
    pub is_active: bool,
    /// When it was first made.
    pub creation_date: DateTime<FixedOffset>,
    /// Who made it, if that is known to be someone other than the user.
    pub created_by: Option<UserData>,
}

/// The membership of a user in a cohort, which is a group of learners within a course.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CohortData {
    /// Who is a member.
    pub user: UserData,
    /// The course that the cohort is part of.
    pub course: CourseData,
    /// What the cohort is called.
    pub name: String,
}
