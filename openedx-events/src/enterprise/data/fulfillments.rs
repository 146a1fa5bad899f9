//! Learners of an enterprise, and how their enrollments are paid for.

use bon::Builder;
use chrono::{DateTime, FixedOffset};
use uuid::Uuid;

use crate::EventData;
use crate::keys::CourseKey;

/// A user as one of the learners of an enterprise.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "the fields are upstream's")]
pub struct EnterpriseCustomerUser {
    /// The number of the record.
    pub id: i64,
    /// When the record was made.
    pub created: DateTime<FixedOffset>,
    /// When the record was last changed.
    pub modified: DateTime<FixedOffset>,
    /// The id of the enterprise.
    pub enterprise_customer_uuid: Uuid,
    /// The number of the user in the platform's database.
    pub user_id: i64,
    /// Whether this enterprise is the one that the user is learning for now, if there are several.
    pub active: bool,
    /// Whether the user belongs to the enterprise. The record is kept, but false here, once that has ended.
    pub linked: bool,
    /// Whether a user who does not belong to the enterprise any more may come back.
    pub is_relinkable: bool,
    /// Whether saving the record as `active` makes those of the user's other enterprises not active.
    pub should_inactivate_other_customers: bool,
    /// The key of the invitation by which the user came to the enterprise.
    pub invite_key: Option<Uuid>,
}

/// The enrollment of an enterprise's learner in a run of a course.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct EnterpriseCourseEnrollment {
    /// The number of the record.
    pub id: i64,
    /// When the record was made.
    pub created: DateTime<FixedOffset>,
    /// When the record was last changed.
    pub modified: DateTime<FixedOffset>,
    /// Who is enrolled, and for which enterprise.
    pub enterprise_customer_user: EnterpriseCustomerUser,
    /// The run of the course.
    pub course_id: CourseKey,
    /// Whether the learner has put the course aside for later in the learner portal.
    pub saved_for_later: bool,
    /// The short name of what made the enrollment, such as `enrollment_task` or `management_command`.
    pub source_slug: Option<String>,
    /// Whether the learner has left the course since.
    pub unenrolled: Option<bool>,
    /// When the learner left the course.
    pub unenrolled_at: Option<DateTime<FixedOffset>>,
}

/// An enrollment that an enterprise's credit pays for.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct LearnerCreditEnterpriseCourseEnrollment {
    /// The id of the record.
    pub uuid: Uuid,
    /// When the record was made.
    pub created: DateTime<FixedOffset>,
    /// When the record was last changed.
    pub modified: DateTime<FixedOffset>,
    /// How it is paid for: `license`, `learner_credit` or `coupon_code`.
    pub fulfillment_type: String,
    /// Whether the payment has been taken back.
    pub is_revoked: bool,
    /// The id of the entitlement that is paid for, where it is not an enrollment yet.
    pub enterprise_course_entitlement_uuid: Option<Uuid>,
    /// The enrollment that is paid for.
    pub enterprise_course_enrollment: Option<EnterpriseCourseEnrollment>,
    /// The id of the [`LedgerTransaction`](super::LedgerTransaction) that paid for it.
    pub transaction_id: Option<Uuid>,
}

/// An enrollment that a licence of an enterprise pays for.
///
/// No event carries it yet. Upstream has the class.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[builder(on(String, into))]
#[non_exhaustive]
pub struct LicensedEnterpriseCourseEnrollment {
    /// The id of the record.
    pub uuid: Uuid,
    /// When the record was made.
    pub created: DateTime<FixedOffset>,
    /// When the record was last changed.
    pub modified: DateTime<FixedOffset>,
    /// How it is paid for: `license`, `learner_credit` or `coupon_code`.
    pub fulfillment_type: String,
    /// Whether the payment has been taken back, as when the licence has.
    pub is_revoked: bool,
    /// The id of the entitlement that is paid for, where it is not an enrollment yet.
    pub enterprise_course_entitlement_uuid: Option<Uuid>,
    /// The enrollment that is paid for.
    pub enterprise_course_enrollment: Option<EnterpriseCourseEnrollment>,
    /// The id of the licence.
    pub license_uuid: Option<Uuid>,
}
