//! The events of the learning subdomain. Each is a struct, with its signal as a static that has upstream's name.

// How the keys were chosen. Events with the same key stay in order on the bus. If upstream documents a key that names a
// field, it is that one. Otherwise it is the course for events within a course (including exam attempts, which have no id
// of their own), and the id of the subject for subjects with several events: a badge, an identity verification attempt, a
// submission.
//
// Upstream warns that several of these events cannot go on the event bus, because lists and maps could not be serialized
// once. They can be now, so the warnings are not repeated.

use super::data::{
    BadgeData, CcxCoursePassingStatusData, CertificateData, CohortData, CourseAccessRoleData,
    CourseDiscussionConfigurationData, CourseEnrollmentData, CourseNotificationData, CoursePassingStatusData,
    DiscussionThreadData, ExamAttemptData, ExternalGraderScoreData, LtiProviderLaunchData, ORASubmissionData,
    PersistentCourseGradeData, ProgramCertificateData, UserData, UserNotificationData,
    VerificationAttemptData, XBlockSkillVerificationData,
};
use crate::signal;

// Users.

/// Somebody has registered: the account exists.
#[signal(
    "org.openedx.learning.student.registration.completed.v1",
    key = user.pii.username,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct StudentRegistrationCompleted {
    /// Who registered.
    pub user: UserData,
}

/// A user has logged in.
#[signal(
    "org.openedx.learning.auth.session.login.completed.v1",
    key = user.pii.username,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct SessionLoginCompleted {
    /// Who logged in.
    pub user: UserData,
}

/// A user has been given a role in a course.
#[signal(
    "org.openedx.learning.user.course_access_role.added.v1",
    key = course_access_role_data.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseAccessRoleAdded {
    /// The role that was given.
    pub course_access_role_data: CourseAccessRoleData,
}

/// A role in a course has been taken from a user.
#[signal(
    "org.openedx.learning.user.course_access_role.removed.v1",
    key = course_access_role_data.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseAccessRoleRemoved {
    /// The role that was taken.
    pub course_access_role_data: CourseAccessRoleData,
}

// Enrollments and cohorts.

/// A user has been enrolled in a course for the first time.
#[signal(
    "org.openedx.learning.course.enrollment.created.v1",
    key = enrollment.course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseEnrollmentCreated {
    /// The enrollment.
    pub enrollment: CourseEnrollmentData,
}

/// An enrollment has changed: its mode, or whether it stands.
#[signal(
    "org.openedx.learning.course.enrollment.changed.v1",
    key = enrollment.course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseEnrollmentChanged {
    /// The enrollment as it is now.
    pub enrollment: CourseEnrollmentData,
}

/// A user has left a course, or been taken out of it. The enrollment is kept, but does not stand.
#[signal(
    "org.openedx.learning.course.unenrollment.completed.v1",
    key = enrollment.course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseUnenrollmentCompleted {
    /// The enrollment as it is now.
    pub enrollment: CourseEnrollmentData,
}

/// A user has been put into a cohort, the first of theirs in the course or another one.
#[signal(
    "org.openedx.learning.cohort_membership.changed.v1",
    key = cohort.course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CohortMembershipChanged {
    /// The membership as it is now.
    pub cohort: CohortData,
}

// Grades.

/// The stored grade of a user in a course has been made or made anew.
#[signal(
    "org.openedx.learning.course.persistent_grade_summary.changed.v1",
    key = grade.course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct PersistentGradeSummaryChanged {
    /// The grade.
    pub grade: PersistentCourseGradeData,
}

/// The grade of a user in a course has been updated: whether it is enough to pass.
#[signal(
    "org.openedx.learning.course.passing.status.updated.v1",
    key = course_passing_status.course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CoursePassingStatusUpdated {
    /// Whether it is enough.
    pub course_passing_status: CoursePassingStatusData,
}

/// The grade of a user in a custom course has been updated: whether it is enough to pass.
#[signal(
    "org.openedx.learning.ccx.course.passing.status.updated.v1",
    key = course_passing_status.course.ccx_course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CcxCoursePassingStatusUpdated {
    /// Whether it is enough.
    pub course_passing_status: CcxCoursePassingStatusData,
}

/// A program outside the platform has scored what a learner handed in.
#[signal(
    "org.openedx.learning.external_grader.score.submitted.v1",
    key = score.submission_id,
    trigger_repository = "openedx/edx-submissions",
    warning = "upstream counts it among the events that cannot go on the event bus, although its data can"
)]
#[derive(Clone, PartialEq)]
pub struct ExternalGraderScoreSubmitted {
    /// The score.
    pub score: ExternalGraderScoreData,
}

// Certificates and badges.

/// A user has been given a certificate of a course.
#[signal(
    "org.openedx.learning.certificate.created.v1",
    key = certificate.course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CertificateCreated {
    /// The certificate.
    pub certificate: CertificateData,
}

/// A certificate of a course has changed, such as in its status.
#[signal(
    "org.openedx.learning.certificate.changed.v1",
    key = certificate.course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CertificateChanged {
    /// The certificate as it is now.
    pub certificate: CertificateData,
}

/// A certificate of a course has been taken back.
#[signal(
    "org.openedx.learning.certificate.revoked.v1",
    key = certificate.course.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CertificateRevoked {
    /// The certificate as it is now.
    pub certificate: CertificateData,
}

/// A user has been given a certificate of a program.
#[signal(
    "org.openedx.learning.program.certificate.awarded.v1",
    key = program_certificate.program.uuid,
    trigger_repository = "openedx/credentials"
)]
#[derive(Clone, PartialEq)]
pub struct ProgramCertificateAwarded {
    /// The certificate.
    pub program_certificate: ProgramCertificateData,
}

/// A certificate of a program has been taken back.
#[signal(
    "org.openedx.learning.program.certificate.revoked.v1",
    key = program_certificate.program.uuid,
    trigger_repository = "openedx/credentials"
)]
#[derive(Clone, PartialEq)]
pub struct ProgramCertificateRevoked {
    /// The certificate as it is now.
    pub program_certificate: ProgramCertificateData,
}

/// A user has been given a badge.
#[signal(
    "org.openedx.learning.badge.awarded.v1",
    key = badge.uuid,
    trigger_repository = "openedx/credentials"
)]
#[derive(Clone, PartialEq)]
pub struct BadgeAwarded {
    /// The badge.
    pub badge: BadgeData,
}

/// A badge has been taken back from a user.
#[signal(
    "org.openedx.learning.badge.revoked.v1",
    key = badge.uuid,
    trigger_repository = "openedx/credentials"
)]
#[derive(Clone, PartialEq)]
pub struct BadgeRevoked {
    /// The badge that was taken.
    pub badge: BadgeData,
}

// Exams, proofs of identity and open-response assessments.

/// A learner has handed in an attempt at a special exam.
#[signal(
    "org.openedx.learning.exam.attempt.submitted.v1",
    key = exam_attempt.course_key,
    trigger_repository = "edx/edx-exams"
)]
#[derive(Clone, PartialEq)]
pub struct ExamAttemptSubmitted {
    /// The attempt.
    pub exam_attempt: ExamAttemptData,
}

/// An attempt at a special exam has been rejected in review, as for cheating.
#[signal(
    "org.openedx.learning.exam.attempt.rejected.v1",
    key = exam_attempt.course_key,
    trigger_repository = "edx/edx-exams"
)]
#[derive(Clone, PartialEq)]
pub struct ExamAttemptRejected {
    /// The attempt.
    pub exam_attempt: ExamAttemptData,
}

/// An attempt at a special exam has passed review.
#[signal(
    "org.openedx.learning.exam.attempt.verified.v1",
    key = exam_attempt.course_key,
    trigger_repository = "edx/edx-exams"
)]
#[derive(Clone, PartialEq)]
pub struct ExamAttemptVerified {
    /// The attempt.
    pub exam_attempt: ExamAttemptData,
}

/// An attempt at a special exam has broken off with an error.
#[signal(
    "org.openedx.learning.exam.attempt.errored.v1",
    key = exam_attempt.course_key,
    trigger_repository = "edx/edx-exams"
)]
#[derive(Clone, PartialEq)]
pub struct ExamAttemptErrored {
    /// The attempt.
    pub exam_attempt: ExamAttemptData,
}

/// An attempt at a special exam has been set aside, so that the learner may try again.
#[signal(
    "org.openedx.learning.exam.attempt.reset.v1",
    key = exam_attempt.course_key,
    trigger_repository = "edx/edx-exams"
)]
#[derive(Clone, PartialEq)]
pub struct ExamAttemptReset {
    /// The attempt.
    pub exam_attempt: ExamAttemptData,
}

/// A user has begun an attempt to prove their identity.
#[signal(
    "org.openedx.learning.idv_attempt.created.v1",
    key = idv_attempt.attempt_id,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct IdvAttemptCreated {
    /// The attempt.
    pub idv_attempt: VerificationAttemptData,
}

/// An attempt to prove an identity has been handed in and waits to be judged.
#[signal(
    "org.openedx.learning.idv_attempt.pending.v1",
    key = idv_attempt.attempt_id,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct IdvAttemptPending {
    /// The attempt.
    pub idv_attempt: VerificationAttemptData,
}

/// An attempt to prove an identity has succeeded.
#[signal(
    "org.openedx.learning.idv_attempt.approved.v1",
    key = idv_attempt.attempt_id,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct IdvAttemptApproved {
    /// The attempt.
    pub idv_attempt: VerificationAttemptData,
}

/// An attempt to prove an identity has failed.
#[signal(
    "org.openedx.learning.idv_attempt.denied.v1",
    key = idv_attempt.attempt_id,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct IdvAttemptDenied {
    /// The attempt.
    pub idv_attempt: VerificationAttemptData,
}

/// A learner has handed in an answer in an open-response assessment.
#[signal(
    "org.openedx.learning.ora.submission.created.v1",
    key = submission.uuid,
    trigger_repository = "openedx/edx-ora2"
)]
#[derive(Clone, PartialEq)]
pub struct OraSubmissionCreated {
    /// What was handed in.
    pub submission: ORASubmissionData,
}

// Discussions.

/// The discussions of a course have been set up, or set up differently.
#[signal(
    "org.openedx.learning.discussions.configuration.changed.v1",
    key = configuration.course_key,
    trigger_repository = "openedx/edx-platform",
    warning = "Python services that read it from the event bus take `enabled` and `enable_in_context` for true even where they are false"
)]
#[derive(Clone, PartialEq)]
pub struct CourseDiscussionsChanged {
    /// How they are set up now.
    pub configuration: CourseDiscussionConfigurationData,
}

/// Somebody has begun a thread in the discussions of a course.
#[signal(
    "org.openedx.learning.forum.thread.created.v1",
    key = thread.course_id,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct ForumThreadCreated {
    /// The thread.
    pub thread: DiscussionThreadData,
}

/// Somebody has responded to a thread.
#[signal(
    "org.openedx.learning.forum.thread.response.created.v1",
    key = thread.course_id,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct ForumThreadResponseCreated {
    /// The response.
    pub thread: DiscussionThreadData,
}

/// Somebody has commented on a response.
#[signal(
    "org.openedx.learning.forum.thread.response.comment.created.v1",
    key = thread.course_id,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct ForumResponseCommentCreated {
    /// The comment.
    pub thread: DiscussionThreadData,
}

// Notifications.

/// Some users are to be notified. Any application may ask for it; the platform sends the notifications.
#[signal("org.openedx.learning.user.notification.requested.v1", key = notification_data.course_key)]
#[derive(Clone, PartialEq)]
pub struct UserNotificationRequested {
    /// The notification.
    pub notification_data: UserNotificationData,
}

/// Those in a course whom the filters pick are to be notified. Any application may ask for it; the platform sends the
/// notifications.
#[signal(
    "org.openedx.learning.course.notification.requested.v1",
    key = course_notification_data.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct CourseNotificationRequested {
    /// The notification.
    pub course_notification_data: CourseNotificationData,
}

// Content.

/// A learner has judged the skills that a block is tagged with.
#[signal(
    "org.openedx.learning.xblock.skill.verified.v1",
    key = xblock_info.usage_key,
    trigger_repository = "openedx/xblock-skill-tagging"
)]
#[derive(Clone, PartialEq)]
pub struct XblockSkillVerified {
    /// What was judged.
    pub xblock_info: XBlockSkillVerificationData,
}

/// Content has been opened from another platform through LTI.
#[signal(
    "org.openedx.learning.lti_provider.launch.success.v1",
    key = launch_data.course_key,
    trigger_repository = "openedx/edx-platform"
)]
#[derive(Clone, PartialEq)]
pub struct LtiProviderLaunchSuccess {
    /// What was opened, and by whom.
    pub launch_data: LtiProviderLaunchData,
}
