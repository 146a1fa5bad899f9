//! Of the learning subdomain.

use openedx_events::learning::data::{
    BadgeTemplateData, CcxCourseData, CertificateData, CourseData, CourseDiscussionConfigurationData,
    CourseEnrollmentData, CourseNotificationData, DiscussionThreadData, DiscussionTopicContext,
    ExamAttemptData, LtiProviderLaunchParamsData, ORASubmissionAnswer, ProgramCertificateData, ProgramData,
    UserData, UserNotificationData, UserPersonalData, VerificationAttemptData, XBlockSkillVerificationData,
};
use serde_json::Value;

use super::json;

/// Each class that has defaults, without them, in upstream's order.
pub(super) fn with_required_fields_only() -> Vec<(&'static str, Value)> {
    let course_key = || "course-v1:edX+DemoX+2026".parse().expect("a key");
    let usage_key = || "block-v1:edX+DemoX+2026+type@problem+block@p1".parse().expect("a key");
    let ccx_key = "ccx-v1:edX+DemoX+2026+ccx@1".parse().expect("a key");
    let program = ProgramData::builder().uuid("u").title("t").program_type("p").build();
    vec![
        json("UserPersonalData", UserPersonalData::builder().username("u").email("e").build()),
        json("CourseData", CourseData::builder().course_key(course_key()).build()),
        json(
            "CcxCourseData",
            CcxCourseData::builder().ccx_course_key(ccx_key).master_course_key(course_key()).build(),
        ),
        json("CourseEnrollmentData", enrollment()),
        json(
            "CertificateData",
            CertificateData::builder()
                .user(user())
                .course(CourseData::builder().course_key(course_key()).build())
                .mode("verified")
                .grade("0.9")
                .download_url("")
                .name("Ada")
                .current_status("downloadable")
                .build(),
        ),
        json("DiscussionTopicContext", DiscussionTopicContext::builder().title("t").build()),
        json(
            "CourseDiscussionConfigurationData",
            CourseDiscussionConfigurationData::builder()
                .course_key(course_key())
                .provider_type("openedx")
                .build(),
        ),
        json(
            "XBlockSkillVerificationData",
            XBlockSkillVerificationData::builder().usage_key(usage_key()).build(),
        ),
        json(
            "UserNotificationData",
            UserNotificationData::builder()
                .user_ids(vec![1, 2])
                .notification_type("new_response")
                .content_url("u")
                .app_name("discussion")
                .course_key(course_key())
                .build(),
        ),
        json(
            "ProgramCertificateData",
            ProgramCertificateData::builder()
                .user(user())
                .program(program)
                .uuid("u")
                .status("awarded")
                .url("u")
                .build(),
        ),
        json(
            "ExamAttemptData",
            ExamAttemptData::builder()
                .student_user(user())
                .course_key(course_key())
                .usage_key(usage_key())
                .exam_type("timed")
                .build(),
        ),
        json(
            "DiscussionThreadData",
            DiscussionThreadData::builder()
                .body("b")
                .commentable_id("c")
                .id("i")
                .truncated(false)
                .url("u")
                .user(user())
                .course_id(course_key())
                .build(),
        ),
        json(
            "CourseNotificationData",
            CourseNotificationData::builder()
                .course_key(course_key())
                .app_name("discussion")
                .notification_type("new_discussion_post")
                .content_url("u")
                .build(),
        ),
        json("ORASubmissionAnswer", ORASubmissionAnswer::builder().build()),
        json("BadgeTemplateData", BadgeTemplateData::builder().uuid("u").origin("credly").build()),
        json(
            "VerificationAttemptData",
            VerificationAttemptData::builder().attempt_id(1).user(user()).status("created").build(),
        ),
        json(
            "LtiProviderLaunchParamsData",
            LtiProviderLaunchParamsData::builder().roles("Learner").context_id("c").user_id("u").build(),
        ),
    ]
}

fn user() -> UserData {
    let pii = UserPersonalData::builder().username("ada").email("ada@example.org").build();
    UserData::builder().id(7).is_active(true).pii(pii).build()
}

pub(super) fn enrollment() -> CourseEnrollmentData {
    let course_key = "course-v1:edX+DemoX+2026".parse().expect("a key");
    CourseEnrollmentData::builder()
        .user(user())
        .course(CourseData::builder().course_key(course_key).build())
        .mode("audit")
        .is_active(true)
        .creation_date("2026-01-31T12:00:00+00:00".parse().expect("a datetime"))
        .build()
}
