//! The data classes as values, each with what a generic test needs of its type.

use std::fmt::Debug;

use openedx_events::EventData;
use openedx_events::data::Record;
use openedx_events::serde::Serialize;
use openedx_events::serde::de::DeserializeOwned;
use openedx_events::{analytics, authz, content_authoring, enterprise, learning};
use serde_json::Value;

/// The data classes of a subdomain, in upstream's order. Classes of two subdomains may share a name.
pub(crate) struct Subdomain {
    pub(crate) name: &'static str,
    pub(crate) classes: &'static [Class],
}

impl Subdomain {
    pub(crate) fn class(&self, name: &str) -> Option<&'static Class> {
        self.classes.iter().find(|class| class.record.name == name)
    }
}

/// The subdomain that an event of Open edX belongs to.
pub(crate) fn subdomain_of(event_type: &str) -> &'static Subdomain {
    let name = event_type.split('.').nth(2).expect("a subdomain");
    SUBDOMAINS.iter().find(|subdomain| subdomain.name == name).expect("a subdomain of upstream's")
}

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

pub(crate) const SUBDOMAINS: &[Subdomain] = &[
    Subdomain { name: "analytics", classes: &[Class::of::<analytics::data::TrackingLogData>()] },
    Subdomain { name: "authz", classes: &[Class::of::<authz::data::RoleAssignmentData>()] },
    Subdomain {
        name: "content_authoring",
        classes: &[
            Class::of::<content_authoring::data::CourseData>(),
            Class::of::<content_authoring::data::CourseScheduleData>(),
            Class::of::<content_authoring::data::CourseCatalogData>(),
            Class::of::<content_authoring::data::XBlockData>(),
            Class::of::<content_authoring::data::DuplicatedXBlockData>(),
            Class::of::<content_authoring::data::CertificateSignatoryData>(),
            Class::of::<content_authoring::data::CertificateConfigData>(),
            Class::of::<content_authoring::data::ContentLibraryData>(),
            Class::of::<content_authoring::data::LibraryBlockData>(),
            Class::of::<content_authoring::data::ContentObjectData>(),
            Class::of::<content_authoring::data::ContentObjectChangedData>(),
            Class::of::<content_authoring::data::LibraryCollectionData>(),
            Class::of::<content_authoring::data::LibraryContainerData>(),
        ],
    },
    Subdomain {
        name: "enterprise",
        classes: &[
            Class::of::<enterprise::data::SubsidyRedemption>(),
            Class::of::<enterprise::data::LedgerTransactionReversal>(),
            Class::of::<enterprise::data::LedgerTransaction>(),
            Class::of::<enterprise::data::EnterpriseCustomerUser>(),
            Class::of::<enterprise::data::EnterpriseCourseEnrollment>(),
            Class::of::<enterprise::data::LearnerCreditEnterpriseCourseEnrollment>(),
            Class::of::<enterprise::data::LicensedEnterpriseCourseEnrollment>(),
            Class::of::<enterprise::data::EnterpriseGroup>(),
        ],
    },
    Subdomain {
        name: "learning",
        classes: &[
            Class::of::<learning::data::UserNonPersonalData>(),
            Class::of::<learning::data::UserPersonalData>(),
            Class::of::<learning::data::UserData>(),
            Class::of::<learning::data::CourseData>(),
            Class::of::<learning::data::CcxCourseData>(),
            Class::of::<learning::data::CourseEnrollmentData>(),
            Class::of::<learning::data::CertificateData>(),
            Class::of::<learning::data::CohortData>(),
            Class::of::<learning::data::DiscussionTopicContext>(),
            Class::of::<learning::data::CourseDiscussionConfigurationData>(),
            Class::of::<learning::data::PersistentCourseGradeData>(),
            Class::of::<learning::data::XBlockSkillVerificationData>(),
            Class::of::<learning::data::UserNotificationData>(),
            Class::of::<learning::data::ProgramData>(),
            Class::of::<learning::data::ProgramCertificateData>(),
            Class::of::<learning::data::ExamAttemptData>(),
            Class::of::<learning::data::CourseAccessRoleData>(),
            Class::of::<learning::data::DiscussionThreadData>(),
            Class::of::<learning::data::CourseNotificationData>(),
            Class::of::<learning::data::ORASubmissionAnswer>(),
            Class::of::<learning::data::ORASubmissionData>(),
            Class::of::<learning::data::CoursePassingStatusData>(),
            Class::of::<learning::data::CcxCoursePassingStatusData>(),
            Class::of::<learning::data::BadgeTemplateData>(),
            Class::of::<learning::data::BadgeData>(),
            Class::of::<learning::data::VerificationAttemptData>(),
            Class::of::<learning::data::ExternalGraderScoreData>(),
            Class::of::<learning::data::LtiProviderLaunchParamsData>(),
            Class::of::<learning::data::LtiProviderLaunchData>(),
        ],
    },
];
