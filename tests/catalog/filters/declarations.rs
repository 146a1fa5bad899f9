//! The declarations: names, types, fields and halts.

use openedx_events::authentication::filters::*;
use openedx_events::content_authoring::filters::*;
use openedx_events::filters::{AnyFilter, Filter, FilterInfo, all_filters, get_filter_by_type};
use openedx_events::learning::filters::*;

use super::halts::{Variant, variants};
use super::upstream::{self, parameters, portable};
use crate::conformance::{list_of, text};

/// The structs and their statics. That they belong together is checked by the compiler.
macro_rules! filters {
    ($($data:ident: $filter:ident,)*) => {
        &[$({
            const FILTER: &Filter<$data> = &$filter;
            (stringify!($data), stringify!($filter), FILTER as &dyn AnyFilter)
        }),*]
    };
}

type Declared = (&'static str, &'static str, &'static dyn AnyFilter);

/// By subdomain, in upstream's order.
static DECLARED: &[Declared] = filters! {
    LogistrationViewContextGenerated: LOGISTRATION_VIEW_CONTEXT_GENERATED,
    AuthnMFEContextGenerated: AUTHN_MFE_CONTEXT_GENERATED,
    LoginAltRedirectURLRequested: LOGIN_ALT_REDIRECT_URL_REQUESTED,
    AccountActivationEmailContextGenerated: ACCOUNT_ACTIVATION_EMAIL_CONTEXT_GENERATED,
    LMSPageURLRequested: LMS_PAGE_URL_REQUESTED,
    AccountSettingsRenderStarted: ACCOUNT_SETTINGS_RENDER_STARTED,
    StudentRegistrationRequested: STUDENT_REGISTRATION_REQUESTED,
    StudentLoginRequested: STUDENT_LOGIN_REQUESTED,
    CourseEnrollmentStarted: COURSE_ENROLLMENT_STARTED,
    CourseUnenrollmentStarted: COURSE_UNENROLLMENT_STARTED,
    CourseEnrollmentViewStarted: COURSE_ENROLLMENT_VIEW_STARTED,
    CertificateCreationRequested: CERTIFICATE_CREATION_REQUESTED,
    CohortChangeRequested: COHORT_CHANGE_REQUESTED,
    CohortAssignmentRequested: COHORT_ASSIGNMENT_REQUESTED,
    CourseAboutRenderStarted: COURSE_ABOUT_RENDER_STARTED,
    DashboardRenderStarted: DASHBOARD_RENDER_STARTED,
    RenderXBlockStarted: RENDER_XBLOCK_STARTED,
    CourseHomeUrlCreationStarted: COURSE_HOME_URL_CREATION_STARTED,
    CourseEnrollmentAPIRenderStarted: COURSE_ENROLLMENT_API_RENDER_STARTED,
    CourseRunAPIRenderStarted: COURSE_RUN_API_RENDER_STARTED,
    InstructorDashboardRenderStarted: INSTRUCTOR_DASHBOARD_RENDER_STARTED,
    InstructorDashboardTabsRequested: INSTRUCTOR_DASHBOARD_TABS_REQUESTED,
    ORASubmissionViewRenderStarted: ORA_SUBMISSION_VIEW_RENDER_STARTED,
    IDVPageURLRequested: IDV_PAGE_URL_REQUESTED,
    CourseAboutPageURLRequested: COURSE_ABOUT_PAGE_URL_REQUESTED,
    AccountSettingsReadOnlyFieldsRequested: ACCOUNT_SETTINGS_READ_ONLY_FIELDS_REQUESTED,
    GradeEventContextRequested: GRADE_EVENT_CONTEXT_REQUESTED,
    CoursewareViewStarted: COURSEWARE_VIEW_STARTED,
    CourseStartDateValidationFailed: COURSE_START_DATE_VALIDATION_FAILED,
    CoursewareAccessChecksRequested: COURSEWARE_ACCESS_CHECKS_REQUESTED,
    DiscountEligibilityCheckRequested: DISCOUNT_ELIGIBILITY_CHECK_REQUESTED,
    SupportContactContextRequested: SUPPORT_CONTACT_CONTEXT_REQUESTED,
    SupportEnrollmentDataRequested: SUPPORT_ENROLLMENT_DATA_REQUESTED,
};

/// The filters of this library, without those that tests declare.
pub(super) fn ours() -> impl Iterator<Item = &'static FilterInfo> {
    all_filters().iter().map(|filter| filter.info()).filter(|info| info.crate_name() == "openedx_events")
}

#[test]
fn filters_are_upstreams() {
    for (upstream, (data, name, filter)) in portable().zip(DECLARED) {
        let (filter_type, info) = (text(&upstream["type"]), filter.info());
        assert_eq!((*data, info.filter_type), (text(&upstream["name"]), filter_type));
        assert_eq!(info.filter_name, *name);
        assert_eq!(info.module, format!("openedx_events::{}::filters", text(&upstream["subdomain"])));
        assert!(!info.is_async, "{filter_type}");
        let found = get_filter_by_type(filter_type).expect("it is declared");
        assert!(std::ptr::eq(found.info(), info), "{filter_type} is declared once");
    }
    assert_eq!((portable().count(), DECLARED.len(), ours().count()), (33, 33, 33));
}

#[test]
fn fields_are_upstreams() {
    for (upstream, (data, _, filter)) in portable().zip(DECLARED) {
        let is_public = |field: &&openedx_events::filters::FilterField| !field.is_private;
        let fields: Vec<_> = (filter.info().fields.iter().filter(is_public))
            .map(|field| (field.name.to_owned(), field.type_name.replace(' ', "")))
            .collect();
        assert_eq!(Some(fields), parameters(upstream), "{data}");
    }
    let private: Vec<_> = DECLARED
        .iter()
        .flat_map(|(data, _, filter)| filter.info().fields.iter().map(move |field| (data, field)))
        .filter(|(_, field)| field.is_private)
        .map(|(data, field)| format!("{data}.{}", field.name))
        .collect();
    assert_eq!(private, ["StudentRegistrationRequested.hidden"]);
}

#[test]
fn halts_are_upstreams() {
    let mut seen = 0;
    for (upstream, (data, _, filter)) in portable().zip(DECLARED) {
        let ours: Vec<_> = filter.info().halts.map(variants).unwrap_or_default().iter().map(owned).collect();
        let expected: Vec<_> = list_of(&upstream["exceptions"])
            .iter()
            .map(|exception| {
                let parameters =
                    parameters(exception).expect("an exception holds nothing of Django but responses");
                (text(&exception["name"]).to_owned(), parameters)
            })
            .collect();
        assert_eq!(ours, expected, "{data}");
        seen += ours.len();
    }
    assert_eq!(seen, 28);
}

fn owned((name, fields): &Variant) -> (String, Vec<(String, String)>) {
    let fields = fields.iter().map(|(name, field_type)| ((*name).to_owned(), field_type.replace(' ', "")));
    ((*name).to_owned(), fields.collect())
}

#[test]
fn a_filter_that_is_not_portable_is_not_declared() {
    let others: Vec<_> = upstream::filters().iter().filter(|filter| parameters(filter).is_none()).collect();
    assert_eq!(others.len(), 10);
    for other in others {
        let filter_type = text(&other["type"]);
        assert!(get_filter_by_type(filter_type).is_err(), "{filter_type}");
    }
}

#[test]
fn everything_is_described() {
    for info in ours() {
        assert!(info.description.ends_with('.'), "{} has no description", info.filter_name);
        for field in info.fields {
            assert!(
                field.description.ends_with('.'),
                "{} of {} has no description",
                field.name,
                info.filter_name
            );
        }
    }
}
