//! What learners do with the content of a course: judging its tags, opening it from elsewhere.

use bon::Builder;

use super::UserData;
use crate::EventData;
use crate::data::Map;
use crate::keys::{CourseKey, UsageKey};

/// What a learner says of the skills that a block is tagged with.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct XBlockSkillVerificationData {
    /// The block.
    pub usage_key: UsageKey,
    /// The numbers of the skills that it does teach.
    #[event_data(default)]
    #[builder(default)]
    pub verified_skills: Vec<i64>,
    /// The numbers of the skills that it does not teach.
    #[event_data(default)]
    #[builder(default)]
    pub ignored_skills: Vec<i64>,
}

/// What the other platform said in opening content through LTI.
#[derive(Clone, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct LtiProviderLaunchParamsData {
    /// The user's roles there, with commas between, in LTI's words.
    pub roles: String,
    /// Where on that platform the content was opened: the id of its course.
    pub context_id: String,
    /// The id of the user there.
    #[event_data(pii)]
    pub user_id: String,
    /// Everything else it said; LTI has the user's name and email address among that.
    #[event_data(default, pii)]
    #[builder(default, with = FromIterator::from_iter)]
    pub extra_params: Map<String, String>,
}

/// Content that was opened from another platform through LTI.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct LtiProviderLaunchData {
    /// The user of this platform that stands for the one there.
    pub user: UserData,
    /// The course that the content is part of.
    pub course_key: CourseKey,
    /// The content.
    pub usage_key: UsageKey,
    /// What the other platform said.
    pub launch_params: LtiProviderLaunchParamsData,
}
