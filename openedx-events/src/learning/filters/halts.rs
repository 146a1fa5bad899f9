//! What steps of the learning subdomain's filters halt a run with: upstream's exceptions.
//!
//! Where upstream has an exception without parameters of its own, the variant has those of upstream's base class.

use crate::filters::{Context, HttpResponse};

/// What halts [`StudentRegistrationRequested`](super::StudentRegistrationRequested).
#[derive(Clone, Debug, PartialEq)]
pub enum RegistrationHalt {
    /// No account is made.
    PreventRegistration {
        /// Why.
        message: String,
        /// Where the user is sent instead; empty if nowhere.
        redirect_to: String,
        /// The status code of the caller's response, if the step has one in mind.
        status_code: Option<u16>,
    },
}

impl RegistrationHalt {
    /// [`PreventRegistration`](Self::PreventRegistration) with a message alone.
    pub fn prevent_registration(message: impl Into<String>) -> Self {
        Self::PreventRegistration { message: message.into(), redirect_to: String::new(), status_code: None }
    }
}

/// What halts [`StudentLoginRequested`](super::StudentLoginRequested).
#[derive(Clone, Debug, PartialEq)]
pub enum LoginHalt {
    /// The user is not signed in.
    PreventLogin {
        /// Why.
        message: String,
        /// Where the user is sent instead; empty if nowhere.
        redirect_to: String,
        /// A name for the reason, by which programs tell it from others; empty if it has none.
        error_code: String,
        /// What else the caller may show.
        context: Option<Context>,
    },
}

impl LoginHalt {
    /// [`PreventLogin`](Self::PreventLogin) with a message alone.
    pub fn prevent_login(message: impl Into<String>) -> Self {
        Self::PreventLogin {
            message: message.into(),
            redirect_to: String::new(),
            error_code: String::new(),
            context: None,
        }
    }
}

/// What halts [`AccountSettingsRenderStarted`](super::AccountSettingsRenderStarted).
#[derive(Clone, Debug, PartialEq)]
pub enum AccountSettingsHalt {
    /// The user is sent elsewhere.
    RedirectToPage {
        /// Why.
        message: String,
        /// The address of the other page.
        redirect_to: String,
    },
    /// Another template is rendered in place of the account settings.
    RenderInvalidAccountSettings {
        /// Why.
        message: String,
        /// The other template.
        account_settings_template: String,
        /// What it is rendered with.
        template_context: Option<Context>,
    },
    /// The step's own response is sent.
    RenderCustomResponse {
        /// Why.
        message: String,
        /// The response.
        response: Option<HttpResponse>,
    },
}

/// What halts [`CourseEnrollmentStarted`](super::CourseEnrollmentStarted) and
/// [`CourseEnrollmentViewStarted`](super::CourseEnrollmentViewStarted).
#[derive(Clone, Debug, PartialEq)]
pub enum EnrollmentHalt {
    /// The user is not enrolled.
    PreventEnrollment {
        /// Why.
        message: String,
        /// Where the user is sent instead; empty if nowhere.
        redirect_to: String,
        /// The status code of the caller's response, if the step has one in mind.
        status_code: Option<u16>,
    },
}

impl EnrollmentHalt {
    /// [`PreventEnrollment`](Self::PreventEnrollment) with a message alone.
    pub fn prevent_enrollment(message: impl Into<String>) -> Self {
        Self::PreventEnrollment { message: message.into(), redirect_to: String::new(), status_code: None }
    }
}

/// What halts [`CourseUnenrollmentStarted`](super::CourseUnenrollmentStarted).
#[derive(Clone, Debug, PartialEq)]
pub enum UnenrollmentHalt {
    /// The user stays in the course.
    PreventUnenrollment {
        /// Why.
        message: String,
        /// Where the user is sent instead; empty if nowhere.
        redirect_to: String,
        /// The status code of the caller's response, if the step has one in mind.
        status_code: Option<u16>,
    },
}

impl UnenrollmentHalt {
    /// [`PreventUnenrollment`](Self::PreventUnenrollment) with a message alone.
    pub fn prevent_unenrollment(message: impl Into<String>) -> Self {
        Self::PreventUnenrollment { message: message.into(), redirect_to: String::new(), status_code: None }
    }
}

/// What halts [`CohortChangeRequested`](super::CohortChangeRequested).
#[derive(Clone, Debug, PartialEq)]
pub enum CohortChangeHalt {
    /// The user stays in the present cohort.
    PreventCohortChange {
        /// Why.
        message: String,
        /// Where the user is sent instead; empty if nowhere.
        redirect_to: String,
        /// The status code of the caller's response, if the step has one in mind.
        status_code: Option<u16>,
    },
}

impl CohortChangeHalt {
    /// [`PreventCohortChange`](Self::PreventCohortChange) with a message alone.
    pub fn prevent_cohort_change(message: impl Into<String>) -> Self {
        Self::PreventCohortChange { message: message.into(), redirect_to: String::new(), status_code: None }
    }
}

/// What halts [`CohortAssignmentRequested`](super::CohortAssignmentRequested).
#[derive(Clone, Debug, PartialEq)]
pub enum CohortAssignmentHalt {
    /// The user is put into no cohort.
    PreventCohortAssignment {
        /// Why.
        message: String,
        /// Where the user is sent instead; empty if nowhere.
        redirect_to: String,
        /// The status code of the caller's response, if the step has one in mind.
        status_code: Option<u16>,
    },
}

impl CohortAssignmentHalt {
    /// [`PreventCohortAssignment`](Self::PreventCohortAssignment) with a message alone.
    pub fn prevent_cohort_assignment(message: impl Into<String>) -> Self {
        Self::PreventCohortAssignment {
            message: message.into(),
            redirect_to: String::new(),
            status_code: None,
        }
    }
}

/// What halts [`CertificateCreationRequested`](super::CertificateCreationRequested).
#[derive(Clone, Debug, PartialEq)]
pub enum CertificateCreationHalt {
    /// No certificate is created.
    PreventCertificateCreation {
        /// Why.
        message: String,
        /// Where the user is sent instead; empty if nowhere.
        redirect_to: String,
        /// The status code of the caller's response, if the step has one in mind.
        status_code: Option<u16>,
    },
}

impl CertificateCreationHalt {
    /// [`PreventCertificateCreation`](Self::PreventCertificateCreation) with a message alone.
    pub fn prevent_certificate_creation(message: impl Into<String>) -> Self {
        Self::PreventCertificateCreation {
            message: message.into(),
            redirect_to: String::new(),
            status_code: None,
        }
    }
}

/// What halts [`CourseAboutRenderStarted`](super::CourseAboutRenderStarted).
#[derive(Clone, Debug, PartialEq)]
pub enum CourseAboutHalt {
    /// The user is sent elsewhere.
    RedirectToPage {
        /// Why.
        message: String,
        /// The address of the other page.
        redirect_to: String,
    },
    /// Another template is rendered in place of the page about the course.
    RenderInvalidCourseAbout {
        /// Why.
        message: String,
        /// The other template.
        course_about_template: String,
        /// What it is rendered with.
        template_context: Option<Context>,
    },
    /// The step's own response is sent.
    RenderCustomResponse {
        /// Why.
        message: String,
        /// The response.
        response: HttpResponse,
    },
}

/// What halts [`CourseStartDateValidationFailed`](super::CourseStartDateValidationFailed).
#[derive(Clone, Debug, PartialEq)]
pub enum CourseStartDateHalt {
    /// The user is told this in place of the date.
    OverrideStartDateError {
        /// Why, for the log.
        message: String,
        /// A name for the reason, by which programs tell it from others.
        error_code: String,
        /// Why, for developers.
        developer_message: String,
        /// Why, for the user.
        user_message: String,
    },
}

/// What halts [`CoursewareAccessChecksRequested`](super::CoursewareAccessChecksRequested).
#[derive(Clone, Debug, PartialEq)]
pub enum CoursewareAccessHalt {
    /// The user does not enter the course.
    PreventCoursewareAccess {
        /// Why, for the log.
        message: String,
        /// A name for the reason, by which programs tell it from others.
        error_code: String,
        /// Why, for developers.
        developer_message: String,
        /// Why, for the user.
        user_message: String,
    },
}

/// What halts [`CoursewareViewStarted`](super::CoursewareViewStarted).
#[derive(Clone, Debug, PartialEq)]
pub enum CoursewareViewHalt {
    /// The user is sent elsewhere.
    RedirectToUrl {
        /// Why.
        message: String,
        /// The address of the other page.
        redirect_to: String,
    },
}

/// What halts [`RenderXBlockStarted`](super::RenderXBlockStarted).
#[derive(Clone, Debug, PartialEq)]
pub enum XBlockRenderHalt {
    /// The block is not rendered.
    PreventXBlockBlockRender {
        /// Why.
        message: String,
        /// Where the user is sent instead; empty if nowhere.
        redirect_to: String,
        /// The status code of the caller's response, if the step has one in mind.
        status_code: Option<u16>,
    },
    /// The step's own response is sent.
    RenderCustomResponse {
        /// Why.
        message: String,
        /// The response.
        response: Option<HttpResponse>,
    },
}

impl XBlockRenderHalt {
    /// [`PreventXBlockBlockRender`](Self::PreventXBlockBlockRender) with a message alone.
    pub fn prevent_xblock_block_render(message: impl Into<String>) -> Self {
        Self::PreventXBlockBlockRender {
            message: message.into(),
            redirect_to: String::new(),
            status_code: None,
        }
    }
}

/// What halts [`ORASubmissionViewRenderStarted`](super::ORASubmissionViewRenderStarted).
#[derive(Clone, Debug, PartialEq)]
pub enum ORASubmissionViewHalt {
    /// Another template is rendered in place of the answer.
    RenderInvalidTemplate {
        /// Why.
        message: String,
        /// What the other template is rendered with.
        context: Option<Context>,
        /// The other template.
        template_name: String,
    },
}

/// What halts [`DiscountEligibilityCheckRequested`](super::DiscountEligibilityCheckRequested).
#[derive(Clone, Debug, PartialEq)]
pub enum DiscountHalt {
    /// The user gets no discount.
    DiscountIneligible {
        /// Why.
        message: String,
        /// Where the user is sent instead; empty if nowhere.
        redirect_to: String,
        /// The status code of the caller's response, if the step has one in mind.
        status_code: Option<u16>,
    },
}

impl DiscountHalt {
    /// [`DiscountIneligible`](Self::DiscountIneligible) with a message alone.
    pub fn discount_ineligible(message: impl Into<String>) -> Self {
        Self::DiscountIneligible { message: message.into(), redirect_to: String::new(), status_code: None }
    }
}

/// What halts [`DashboardRenderStarted`](super::DashboardRenderStarted).
#[derive(Clone, Debug, PartialEq)]
pub enum DashboardHalt {
    /// The user is sent elsewhere.
    RedirectToPage {
        /// Why.
        message: String,
        /// The address of the other page.
        redirect_to: String,
    },
    /// Another template is rendered in place of the dashboard.
    RenderInvalidDashboard {
        /// Why.
        message: String,
        /// The other template.
        dashboard_template: String,
        /// What it is rendered with.
        template_context: Option<Context>,
    },
    /// The step's own response is sent.
    RenderCustomResponse {
        /// Why.
        message: String,
        /// The response.
        response: Option<HttpResponse>,
    },
}

/// What halts [`InstructorDashboardRenderStarted`](super::InstructorDashboardRenderStarted).
#[derive(Clone, Debug, PartialEq)]
pub enum InstructorDashboardHalt {
    /// The user is sent elsewhere.
    RedirectToPage {
        /// Why.
        message: String,
        /// The address of the other page.
        redirect_to: String,
    },
    /// Another template is rendered in place of the dashboard.
    RenderInvalidDashboard {
        /// Why.
        message: String,
        /// The other template.
        instructor_template: String,
        /// What it is rendered with.
        template_context: Option<Context>,
    },
    /// The step's own response is sent.
    RenderCustomResponse {
        /// Why.
        message: String,
        /// The response.
        response: Option<HttpResponse>,
    },
}

/// What halts [`InstructorDashboardTabsRequested`](super::InstructorDashboardTabsRequested).
#[derive(Clone, Debug, PartialEq)]
pub enum InstructorDashboardTabsHalt {
    /// The tabs of the filter are not shown.
    PreventTabsGeneration {
        /// Why.
        message: String,
        /// The tabs that are shown instead, if any.
        tabs: Option<Vec<Context>>,
    },
}
