//! The filters of the learning subdomain. Each is a struct, with its filter as a static.
//!
//! The names, types and fields are those of upstream's `openedx_filters.learning`.
//! [Filters](crate::filters#the-filters-of-open-edx) says what the filters of all subdomains have in common.
//!
//! # Examples
//!
//! ```standalone_crate
//! # // Compiled alone: together with other examples, this step would run in theirs, too.
//! use openedx_events::filters::FilterError;
//! use openedx_events::learning::data::{UserData, UserPersonalData};
//! use openedx_events::learning::filters::{COURSE_ENROLLMENT_STARTED, CourseEnrollmentStarted, EnrollmentHalt};
//! use openedx_events::pipeline_step;
//!
//! #[pipeline_step(COURSE_ENROLLMENT_STARTED)]
//! fn staff_learn_for_free(user: &UserData, mode: &mut String) -> Result<(), EnrollmentHalt> {
//!     if !user.is_active {
//!         return Err(EnrollmentHalt::prevent_enrollment("Activate your account first."));
//!     }
//!     if user.pii.email.ends_with("@example.org") {
//!         *mode = "honor".to_owned();
//!     }
//!     Ok(())
//! }
//!
//! let ada = UserPersonalData::builder().username("ada").email("ada@example.org").build();
//! let enrollment = |is_active| CourseEnrollmentStarted {
//!     user: UserData::builder().id(7).is_active(is_active).pii(ada.clone()).build(),
//!     course_key: "course-v1:edX+DemoX+2026".parse().expect("a key"),
//!     mode: "verified".to_owned(),
//! };
//! let enrolled = COURSE_ENROLLMENT_STARTED.run_filter(enrollment(true)).expect("no step halts or fails");
//! assert_eq!(enrolled.mode, "honor");
//!
//! match COURSE_ENROLLMENT_STARTED.run_filter(enrollment(false)) {
//!     Ok(_) => panic!("the account is not active"),
//!     Err(FilterError::Halted { halt: EnrollmentHalt::PreventEnrollment { message, .. }, .. }) => {
//!         assert_eq!(message, "Activate your account first.");
//!     }
//!     Err(FilterError::Failed { error, .. }) => panic!("{error}"),
//! }
//! ```

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use super::data::{CohortData, CourseEnrollmentData, UserData};
use crate::filter;
use crate::filters::{Context, FormData, HiddenFields};
use crate::keys::CourseKey;

mod halts;

pub use halts::{
    AccountSettingsHalt, CertificateCreationHalt, CohortAssignmentHalt, CohortChangeHalt, CourseAboutHalt,
    CourseStartDateHalt, CoursewareAccessHalt, CoursewareViewHalt, DashboardHalt, DiscountHalt,
    EnrollmentHalt, InstructorDashboardHalt, InstructorDashboardTabsHalt, LoginHalt, ORASubmissionViewHalt,
    RegistrationHalt, UnenrollmentHalt, XBlockRenderHalt,
};

// Users.

/// Run when somebody asks for an account, before there is one.
///
/// Steps see the form without its passwords. [`new`](Self::new) takes them out, and [`restore`](Self::restore) puts them back.
#[filter("org.openedx.learning.student.registration.requested.v1", halts = RegistrationHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct StudentRegistrationRequested {
    /// What was entered, without passwords.
    pub form_data: FormData,
    /// The passwords.
    hidden: HiddenFields,
}

impl StudentRegistrationRequested {
    /// The fields of the form that steps do not see.
    pub const HIDDEN_FIELDS: [&str; 7] = [
        "password",
        "newpassword",
        "new_password",
        "oldpassword",
        "old_password",
        "new_password1",
        "new_password2",
    ];

    /// Takes a form, and hides its passwords.
    ///
    /// # Examples
    ///
    /// ```standalone_crate
    /// use openedx_events::filters::FormData;
    /// use openedx_events::learning::filters::{STUDENT_REGISTRATION_REQUESTED, StudentRegistrationRequested};
    /// use openedx_events::pipeline_step;
    ///
    /// #[pipeline_step(STUDENT_REGISTRATION_REQUESTED)]
    /// fn lower_case_names(form_data: &mut FormData) {
    ///     assert_eq!(form_data.get("password"), None);
    ///     let username = form_data.get("username").unwrap_or_default().to_lowercase();
    ///     form_data.set("username", username);
    /// }
    ///
    /// let form = FormData::from_iter([("username", "Ada"), ("password", "secret")]);
    /// let registration = STUDENT_REGISTRATION_REQUESTED.run_filter(StudentRegistrationRequested::new(form)).expect("no step halts");
    /// let form = registration.restore();
    /// assert_eq!((form.get("username"), form.get("password")), (Some("ada"), Some("secret")));
    /// ```
    pub fn new(mut form_data: FormData) -> Self {
        let hidden = form_data.hide(&Self::HIDDEN_FIELDS);
        Self { form_data, hidden }
    }

    /// Returns the form with its passwords, as they were.
    pub fn restore(self) -> FormData {
        let Self { mut form_data, hidden } = self;
        form_data.restore(hidden);
        form_data
    }
}

/// Run when a user signs in, before the session begins.
#[filter("org.openedx.learning.student.login.requested.v1", halts = LoginHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct StudentLoginRequested {
    /// Who signs in.
    pub user: UserData,
}

/// Run before the LMS renders the page on which a user changes account settings. The micro-frontend for them does not run it.
#[filter("org.openedx.learning.student.settings.render.started.v1", halts = AccountSettingsHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct AccountSettingsRenderStarted {
    /// What the page is rendered with.
    pub context: Context,
    /// The template that renders it.
    pub template_name: String,
}

/// Run when account settings are changed, to learn which of them this user must not change.
#[filter("org.openedx.learning.account.settings.read_only_fields.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct AccountSettingsReadOnlyFieldsRequested {
    /// The names of the settings that are read-only. Steps add to them.
    pub readonly_fields: BTreeSet<String>,
    /// Whose settings they are.
    pub user: UserData,
}

/// Run when somebody needs the address of the page on which users prove who they are.
#[filter("org.openedx.learning.idv.page.url.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct IDVPageURLRequested {
    /// The address.
    pub url: String,
}

// Enrollments and cohorts.

/// Run before a user is enrolled in a course, wherever that is asked for.
#[filter("org.openedx.learning.course.enrollment.started.v1", halts = EnrollmentHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CourseEnrollmentStarted {
    /// Who is to be enrolled.
    pub user: UserData,
    /// The course.
    pub course_key: CourseKey,
    /// On what terms, such as `audit`, `honor` or `verified`.
    pub mode: String,
}

/// Run before the enrollment API enrolls a user, ahead of [`CourseEnrollmentStarted`].
#[filter("org.openedx.learning.course.enrollment.view.started.v1", halts = EnrollmentHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CourseEnrollmentViewStarted {
    /// Who is to be enrolled.
    pub user: UserData,
    /// The course.
    pub course_key: CourseKey,
    /// Whether another service asks, with an API key, and not the user.
    pub requester_is_backend_service: bool,
}

/// Run before a user leaves a course, or is taken out of it.
#[filter("org.openedx.learning.course.unenrollment.started.v1", halts = UnenrollmentHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CourseUnenrollmentStarted {
    /// The enrollment that is to end.
    pub enrollment: CourseEnrollmentData,
}

/// Run before a user is moved from one cohort of a course to another.
#[filter("org.openedx.learning.cohort.change.requested.v1", halts = CohortChangeHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CohortChangeRequested {
    /// The membership that is to end.
    pub current_membership: CohortData,
    /// The one that is to begin.
    pub target_cohort: CohortData,
}

/// Run before a user is put into a cohort of a course for the first time.
#[filter("org.openedx.learning.cohort.assignment.requested.v1", halts = CohortAssignmentHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CohortAssignmentRequested {
    /// Who is to become a member.
    pub user: UserData,
    /// The membership that is to begin.
    pub target_cohort: CohortData,
}

// Grades and certificates.

/// Run before it is logged that a user has passed a course for the first time.
#[filter("org.openedx.learning.grade.context.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct GradeEventContextRequested {
    /// What is logged with it.
    pub context: Context,
    /// The number of the user in the platform's database.
    pub user_id: i64,
    /// The key of the course, as text.
    pub course_id: String,
}

/// Run before a certificate is created for a user.
#[filter("org.openedx.learning.certificate.creation.requested.v1", halts = CertificateCreationHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CertificateCreationRequested {
    /// Whose certificate it is to be.
    pub user: UserData,
    /// The course that it is for.
    pub course_key: CourseKey,
    /// The kind of the enrollment, such as `verified`.
    pub mode: String,
    /// What state the certificate is to have, such as `downloadable`.
    pub status: String,
    /// The grade in the course.
    pub grade: f64,
    /// How it is made: at the user's own request (`self`), or for many users at once (`batch`).
    pub generation_mode: String,
}

// Courses and their content.

/// Run before the page about a course is rendered.
#[filter("org.openedx.learning.course_about.render.started.v1", halts = CourseAboutHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CourseAboutRenderStarted {
    /// What the page is rendered with.
    pub context: Context,
    /// The template that renders it.
    pub template_name: String,
}

/// Run when somebody needs the address of the page about a course.
#[filter("org.openedx.learning.course_about.page.url.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct CourseAboutPageURLRequested {
    /// The address.
    pub url: String,
    /// The organization of the course, by which the settings of its site are found.
    pub org: String,
}

/// Run when somebody needs the address of the first page of a course.
#[filter("org.openedx.learning.course.homepage.url.creation.started.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct CourseHomeUrlCreationStarted {
    /// The course.
    pub course_key: CourseKey,
    /// The address.
    pub course_home_url: String,
}

/// Run when a course cannot be entered because it has not started, before the user is told so.
#[filter("org.openedx.learning.course.start_date.validation_failed.v1", halts = CourseStartDateHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CourseStartDateValidationFailed {
    /// The course.
    pub course_key: CourseKey,
    /// When it starts.
    pub start_date: DateTime<Utc>,
}

/// Run when the platform itself lets a user into a course, before they enter.
///
/// What a step refuses is refused to staff, too.
#[filter("org.openedx.learning.courseware.access_checks.requested.v1", halts = CoursewareAccessHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CoursewareAccessChecksRequested {
    /// Who wants to enter.
    pub user: UserData,
    /// The course.
    pub course_key: CourseKey,
}

/// Run before a page inside of a course is rendered.
#[filter("org.openedx.learning.courseware.view.started.v1", halts = CoursewareViewHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct CoursewareViewStarted {
    /// The course.
    pub course_key: CourseKey,
    /// Which page: the name of the function that renders it, such as `progress`.
    pub view_name: String,
}

/// Run before a block of a course is rendered on a page of its own.
#[filter(
    "org.openedx.learning.xblock.render.started.v1",
    halts = XBlockRenderHalt,
    name = RENDER_XBLOCK_STARTED
)]
#[derive(Clone, Debug, PartialEq)]
pub struct RenderXBlockStarted {
    /// What the page is rendered with.
    pub context: Context,
    /// What the block itself is rendered with.
    pub student_view_context: Context,
}

/// Run before the answer of a learner to an open response assessment is rendered.
#[filter("org.openedx.learning.ora.submission_view.render.started.v1", halts = ORASubmissionViewHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct ORASubmissionViewRenderStarted {
    /// What the answer is rendered with.
    pub context: Context,
    /// The template that renders it.
    pub template_name: String,
}

/// Run before a user is offered a discount on a course, when the platform itself would give it.
#[filter("org.openedx.learning.discount.eligibility.check.requested.v1", halts = DiscountHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct DiscountEligibilityCheckRequested {
    /// Who would get it.
    pub user: UserData,
    /// The course.
    pub course_key: CourseKey,
}

// Dashboards.

/// Run before the LMS renders the page with the courses of a learner.
#[filter("org.openedx.learning.dashboard.render.started.v1", halts = DashboardHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct DashboardRenderStarted {
    /// What the page is rendered with.
    pub context: Context,
    /// The template that renders it.
    pub template_name: String,
}

/// Run for each enrollment that the API of the learner's home returns.
#[filter("org.openedx.learning.home.enrollment.api.rendered.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct CourseEnrollmentAPIRenderStarted {
    /// The course.
    pub course_key: CourseKey,
    /// The enrollment, as it is returned.
    pub serialized_enrollment: Context,
}

/// Run for each course run that the API of the learner's home returns.
#[filter("org.openedx.learning.home.courserun.api.rendered.started.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct CourseRunAPIRenderStarted {
    /// The course run, as it is returned.
    pub serialized_courserun: Context,
}

/// Run before the LMS renders the page on which a course team sees its learners.
///
/// [`InstructorDashboardTabsRequested`] is its counterpart for the micro-frontend.
#[filter("org.openedx.learning.instructor.dashboard.render.started.v1", halts = InstructorDashboardHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct InstructorDashboardRenderStarted {
    /// What the page is rendered with.
    pub context: Context,
    /// The template that renders it.
    pub template_name: String,
}

/// Run before the micro-frontend for course teams is given its tabs.
#[filter("org.openedx.learning.instructor.dashboard.tabs.requested.v1", halts = InstructorDashboardTabsHalt)]
#[derive(Clone, Debug, PartialEq)]
pub struct InstructorDashboardTabsRequested {
    /// The tabs, each with members such as `tab_id`, `title`, `url` and `sort_order`.
    pub tabs: Vec<Context>,
    /// The member of the course team.
    pub user: UserData,
    /// The course.
    pub course_key: CourseKey,
}

// Support.

/// Run before the page on which users write to the support team is rendered.
#[filter("org.openedx.learning.support.contact.context.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct SupportContactContextRequested {
    /// What the page is rendered with. Its `tags` become those of the ticket.
    pub context: Context,
}

/// Run before the support team is shown the enrollments of a user.
#[filter("org.openedx.learning.support.enrollment.data.requested.v1")]
#[derive(Clone, Debug, PartialEq)]
pub struct SupportEnrollmentDataRequested {
    /// The enrollments, as they are shown.
    pub enrollments_data: Vec<Context>,
    /// Whose they are.
    pub user: UserData,
}
