//! Of the enterprise subdomain.

use chrono::{DateTime, FixedOffset};
use openedx_events::enterprise::data::{
    EnterpriseCourseEnrollment, EnterpriseCustomerUser, LearnerCreditEnterpriseCourseEnrollment,
    LedgerTransaction, LicensedEnterpriseCourseEnrollment,
};
use serde_json::Value;
use uuid::Uuid;

use super::json;

/// Each class that has defaults, without them, in upstream's order.
pub(super) fn with_required_fields_only() -> Vec<(&'static str, Value)> {
    vec![
        json("LedgerTransaction", ledger_transaction()),
        json("EnterpriseCustomerUser", enterprise_customer_user()),
        json("EnterpriseCourseEnrollment", enterprise_course_enrollment()),
        json(
            "LearnerCreditEnterpriseCourseEnrollment",
            LearnerCreditEnterpriseCourseEnrollment::builder()
                .uuid(Uuid::nil())
                .created(then())
                .modified(then())
                .fulfillment_type("learner_credit")
                .is_revoked(true)
                .build(),
        ),
        json(
            "LicensedEnterpriseCourseEnrollment",
            LicensedEnterpriseCourseEnrollment::builder()
                .uuid(Uuid::nil())
                .created(then())
                .modified(then())
                .fulfillment_type("license")
                .is_revoked(true)
                .build(),
        ),
    ]
}

fn ledger_transaction() -> LedgerTransaction {
    LedgerTransaction::builder()
        .uuid(Uuid::nil())
        .created(then())
        .modified(then())
        .idempotency_key("i")
        .quantity(-9_900)
        .state("created")
        .ledger_uuid(Uuid::nil())
        .subsidy_access_policy_uuid(Uuid::nil())
        .lms_user_id(7)
        .content_key("course-v1:edX+DemoX+2026".parse().expect("a key"))
        .build()
}

fn enterprise_customer_user() -> EnterpriseCustomerUser {
    EnterpriseCustomerUser::builder()
        .id(1)
        .created(then())
        .modified(then())
        .enterprise_customer_uuid(Uuid::nil())
        .user_id(7)
        .active(true)
        .linked(true)
        .is_relinkable(true)
        .should_inactivate_other_customers(true)
        .build()
}

fn enterprise_course_enrollment() -> EnterpriseCourseEnrollment {
    EnterpriseCourseEnrollment::builder()
        .id(1)
        .created(then())
        .modified(then())
        .enterprise_customer_user(enterprise_customer_user())
        .course_id("course-v1:edX+DemoX+2026".parse().expect("a key"))
        .saved_for_later(true)
        .build()
}

fn then() -> DateTime<FixedOffset> {
    "2026-01-31T12:00:00+00:00".parse().expect("a datetime")
}
