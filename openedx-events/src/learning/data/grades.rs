//! Grades, and whether they are enough to pass.

use bon::Builder;
use chrono::{DateTime, FixedOffset};

use super::{CcxCourseData, CourseData, UserData};
use crate::EventData;

/// The grade of a user in a course, as the platform stores it.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct PersistentCourseGradeData {
    /// The number of the user in the platform's database.
    pub user_id: i64,
    /// The course.
    pub course: CourseData,
    /// When the content that was graded was last edited.
    pub course_edited_timestamp: DateTime<FixedOffset>,
    /// The version of the content that was graded.
    pub course_version: String,
    /// A hash of the grading policy that was applied.
    pub grading_policy_hash: String,
    /// The grade as a fraction: 1.0 is full marks.
    pub percent_grade: f64,
    /// The grade by the course's own scale, such as `B` or `Pass`; empty below the lowest step of the scale.
    pub letter_grade: String,
    /// When the user first had a passing grade.
    pub passed_timestamp: DateTime<FixedOffset>,
}

/// Whether a user's grade is enough to pass a course.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CoursePassingStatusData {
    /// Whether it is.
    pub is_passing: bool,
    /// The course.
    pub course: CourseData,
    /// Whose grade it is.
    pub user: UserData,
}

/// Whether a user's grade is enough to pass a custom course.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CcxCoursePassingStatusData {
    /// Whether it is.
    pub is_passing: bool,
    /// Whose grade it is.
    pub user: UserData,
    /// The custom course.
    pub course: CcxCourseData,
}

/// The score that a program outside the platform gave to what a learner had handed in.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct ExternalGraderScoreData {
    /// The most points that could be had.
    pub points_possible: i64,
    /// The points that were given.
    pub points_earned: i64,
    /// The course, as the text of its key.
    pub course_id: String,
    /// What the grader says to the learner about the work.
    #[event_data(pii)]
    pub score_msg: String,
    /// The number of what was handed in.
    pub submission_id: i64,
    /// The id by which the grader knows the learner.
    #[event_data(pii)]
    pub user_id: String,
    /// The problem, as the text of its usage key.
    pub module_id: String,
    /// Which entry of the queue this was.
    pub queue_key: String,
    /// The queue from which the grader took it.
    pub queue_name: String,
}
