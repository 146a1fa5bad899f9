//! The data classes as values, each with what a generic test needs of its type.

use std::fmt::Debug;

use openedx_events::data::{EventData, Record};
use openedx_events::learning::data::{
    BadgeData, BadgeTemplateData, CcxCourseData, CcxCoursePassingStatusData, CertificateData, CohortData,
    CourseAccessRoleData, CourseData, CourseDiscussionConfigurationData, CourseEnrollmentData,
    CourseNotificationData, CoursePassingStatusData, DiscussionThreadData, DiscussionTopicContext,
    ExamAttemptData, ExternalGraderScoreData, LtiProviderLaunchData, LtiProviderLaunchParamsData,
    ORASubmissionAnswer, ORASubmissionData, PersistentCourseGradeData, ProgramCertificateData, ProgramData,
    UserData, UserNonPersonalData, UserNotificationData, UserPersonalData, VerificationAttemptData,
    XBlockSkillVerificationData,
};
use openedx_events::serde::Serialize;
use openedx_events::serde::de::DeserializeOwned;
use serde_json::Value;

/// A data class.
pub(crate) struct Class {
    pub(crate) record: &'static Record,
    /// Reads an instance through serde's traits and gives its `Debug`, plain and pretty, and its JSON.
    pub(crate) shown: fn(&Value) -> Shown,
}

pub(crate) struct Shown {
    pub(crate) debug: String,
    pub(crate) json: Value,
}

impl Class {
    const fn of<T: EventData + Debug + Serialize + DeserializeOwned>() -> Self {
        Self { record: T::RECORD, shown: shown::<T> }
    }
}

fn shown<T: Debug + Serialize + DeserializeOwned>(json: &Value) -> Shown {
    let value: T = serde_json::from_str(&json.to_string()).expect("an instance of the class");
    Shown {
        debug: format!("{value:?} {value:#?}"),
        json: serde_json::to_value(&value).expect("it came from JSON"),
    }
}

/// All of them, in upstream's order.
pub(crate) const LEARNING: &[Class] = &[
    Class::of::<UserNonPersonalData>(),
    Class::of::<UserPersonalData>(),
    Class::of::<UserData>(),
    Class::of::<CourseData>(),
    Class::of::<CcxCourseData>(),
    Class::of::<CourseEnrollmentData>(),
    Class::of::<CertificateData>(),
    Class::of::<CohortData>(),
    Class::of::<DiscussionTopicContext>(),
    Class::of::<CourseDiscussionConfigurationData>(),
    Class::of::<PersistentCourseGradeData>(),
    Class::of::<XBlockSkillVerificationData>(),
    Class::of::<UserNotificationData>(),
    Class::of::<ProgramData>(),
    Class::of::<ProgramCertificateData>(),
    Class::of::<ExamAttemptData>(),
    Class::of::<CourseAccessRoleData>(),
    Class::of::<DiscussionThreadData>(),
    Class::of::<CourseNotificationData>(),
    Class::of::<ORASubmissionAnswer>(),
    Class::of::<ORASubmissionData>(),
    Class::of::<CoursePassingStatusData>(),
    Class::of::<CcxCoursePassingStatusData>(),
    Class::of::<BadgeTemplateData>(),
    Class::of::<BadgeData>(),
    Class::of::<VerificationAttemptData>(),
    Class::of::<ExternalGraderScoreData>(),
    Class::of::<LtiProviderLaunchParamsData>(),
    Class::of::<LtiProviderLaunchData>(),
];
