//! Discussions: how a course has them set up, and what is posted.

use bon::Builder;

use super::UserData;
use crate::EventData;
use crate::data::Map;
use crate::keys::{CourseKey, UsageKey};

/// A topic of a course's discussions, and the unit that it belongs to.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct DiscussionTopicContext {
    /// The title of the topic.
    pub title: String,
    /// The unit that the topic is about; none if it is about the course as a whole.
    pub usage_key: Option<UsageKey>,
    /// The cohort that the topic is for; none if it is for all.
    pub group_id: Option<i64>,
    /// The id that the provider of the discussions gave to the topic.
    pub external_id: Option<String>,
    /// The place of the topic among the others, from 0 on.
    pub ordering: Option<i64>,
    /// Where in the course the unit is, such as its section and subsection.
    #[event_data(default)]
    #[builder(default, with = FromIterator::from_iter)]
    pub context: Map<String, String>,
}

/// How the discussions of a course are set up.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "the fields are upstream's")]
pub struct CourseDiscussionConfigurationData {
    /// The course.
    pub course_key: CourseKey,
    /// Who provides the discussions, such as `openedx` or `legacy`.
    pub provider_type: String,
    /// Whether there are discussions at all. True unless it is given.
    #[event_data(default = true)]
    #[builder(default = true)]
    pub enabled: bool,
    /// Whether they are shown beside the content that they are about. True unless it is given.
    #[event_data(default = true)]
    #[builder(default = true)]
    pub enable_in_context: bool,
    /// Whether graded units have topics too.
    #[event_data(default)]
    #[builder(default)]
    pub enable_graded_units: bool,
    /// Whether each unit has a switch of its own.
    #[event_data(default)]
    #[builder(default)]
    pub unit_level_visibility: bool,
    /// Settings of the provider's own.
    // Upstream's default is the class `dict` instead of an empty one, and cannot be serialized.
    #[event_data(default)]
    #[builder(default, with = FromIterator::from_iter)]
    pub plugin_configuration: Map<String, bool>,
    /// The topics.
    #[event_data(default)]
    #[builder(default)]
    pub contexts: Vec<DiscussionTopicContext>,
}

/// A post in a course's discussions: a thread, a response to one or a comment on a response.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct DiscussionThreadData {
    /// What was written; the beginning of it if it is `truncated`.
    #[event_data(pii)]
    pub body: String,
    /// The id of the topic.
    pub commentable_id: String,
    /// The id of the post.
    pub id: String,
    /// Whether `body` is only the beginning.
    pub truncated: bool,
    /// Where the post can be read.
    pub url: String,
    /// Who wrote it, also where other learners are not told.
    pub user: UserData,
    /// The course.
    pub course_id: CourseKey,
    /// Of a thread: `discussion` or `question`.
    pub thread_type: Option<String>,
    /// Whether nobody is told who wrote it.
    pub anonymous: Option<bool>,
    /// Whether other learners are not told who wrote it.
    pub anonymous_to_peers: Option<bool>,
    /// Of a thread: its title; the beginning of it if it is `title_truncated`.
    #[event_data(pii)]
    pub title: Option<String>,
    /// Whether `title` is only the beginning.
    pub title_truncated: Option<bool>,
    /// The cohort that can see it; none if all can.
    pub group_id: Option<i64>,
    /// The team in whose discussion it stands.
    pub team_id: Option<i64>,
    /// The number of the topic's category.
    pub category_id: Option<i64>,
    /// The name of the topic's category.
    pub category_name: Option<String>,
    /// Of a response or comment: the ids of what it belongs to.
    #[builder(with = FromIterator::from_iter)]
    pub discussion: Option<Map<String, String>>,
    /// The writer's roles in the course.
    #[event_data(default)]
    #[builder(default)]
    pub user_course_roles: Vec<String>,
    /// The writer's roles in the discussions.
    #[event_data(default)]
    #[builder(default)]
    pub user_forums_roles: Vec<String>,
    /// What the writer chose in posting it, such as `followed`.
    #[event_data(default)]
    #[builder(default, with = FromIterator::from_iter)]
    pub options: Map<String, bool>,
}
