//! Notifications that somebody asks the platform to send.

use bon::Builder;

use crate::EventData;
use crate::data::Map;
use crate::keys::CourseKey;

/// A notification for some users.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct UserNotificationData {
    /// The numbers of the users in the platform's database.
    pub user_ids: Vec<i64>,
    /// What it tells of, such as `new_response`: the name of a template.
    pub notification_type: String,
    /// Where it leads.
    pub content_url: String,
    /// The part of the platform that it comes from, such as `discussion`.
    pub app_name: String,
    /// The course that it is about.
    pub course_key: CourseKey,
    /// What fills the template: names of people and what they wrote among other things.
    #[event_data(default, pii)]
    #[builder(default, with = FromIterator::from_iter)]
    pub context: Map<String, String>,
}

/// A notification for those in a course whom the filters pick.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct CourseNotificationData {
    /// The course.
    pub course_key: CourseKey,
    /// The part of the platform that it comes from, such as `discussion`.
    pub app_name: String,
    /// What it tells of, such as `new_discussion_post`: the name of a template.
    pub notification_type: String,
    /// Where it leads.
    pub content_url: String,
    /// What fills the template: names of people and what they wrote among other things.
    #[event_data(default, pii)]
    #[builder(default, with = FromIterator::from_iter)]
    pub content_context: Map<String, String>,
    /// Who is to have it: for each criterion, such as `enrollment` or `cohorts`, the values that are let through.
    #[event_data(default)]
    #[builder(default, with = FromIterator::from_iter)]
    pub audience_filters: Map<String, Vec<String>>,
}
