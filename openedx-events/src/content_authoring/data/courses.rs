//! Courses, and what catalogs of them show.

use bon::Builder;
use chrono::{DateTime, FixedOffset};

use crate::EventData;
use crate::keys::CourseKey;

/// A run of a course, by its key alone.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[non_exhaustive]
pub struct CourseData {
    /// Which run it is.
    pub course_key: CourseKey,
}

/// When a run of a course takes place.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CourseScheduleData {
    /// When it begins.
    pub start: DateTime<FixedOffset>,
    /// Who sets the pace: `instructor` or `self`.
    pub pacing: String,
    /// When it ends, if that is set.
    pub end: Option<DateTime<FixedOffset>>,
    /// From when on learners may enroll, if that is set.
    pub enrollment_start: Option<DateTime<FixedOffset>>,
    /// Until when learners may enroll, if that is set.
    pub enrollment_end: Option<DateTime<FixedOffset>>,
}

/// What a catalog shows of a run of a course.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CourseCatalogData {
    /// Which run it is.
    pub course_key: CourseKey,
    /// The title that learners see.
    pub name: String,
    /// When it takes place.
    pub schedule_data: CourseScheduleData,
    /// Whether it is kept out of catalogs and searches.
    #[event_data(default)]
    #[builder(default)]
    pub hidden: bool,
    /// Whether only those who are invited may enroll.
    #[event_data(default)]
    #[builder(default)]
    pub invitation_only: bool,
}
