//! The halts. A program cannot ask an enum for its variants, so they are listed here, and the compiler compares.

use std::collections::BTreeSet;

use openedx_events::filters::{Context, FilterError, HttpResponse};
use openedx_events::learning::filters::*;
use openedx_events::testing;

use super::declarations::ours;

/// A variant, and its fields with their types.
pub(super) type Variant = (&'static str, &'static [(&'static str, &'static str)]);

/// Each match is exhaustive in variants and fields, and each field has the type.
macro_rules! halts {
    ($($halts:ident { $($variant:ident { $($field:ident: $field_type:ty),* })* })*) => {
        $({
            #[allow(dead_code, reason = "for the compiler alone")]
            fn has_these(halts: $halts) {
                match halts {
                    $($halts::$variant { $($field),* } => { $(let _: $field_type = $field;)* })*
                }
            }
        })*
        &[$((stringify!($halts), &[$((stringify!($variant), &[$((stringify!($field), stringify!($field_type))),*])),*])),*]
    };
}

static HALTS: &[(&str, &[Variant])] = {
    halts! {
        RegistrationHalt {
            PreventRegistration { message: String, redirect_to: String, status_code: Option<u16> }
        }
        LoginHalt {
            PreventLogin { message: String, redirect_to: String, error_code: String, context: Option<Context> }
        }
        AccountSettingsHalt {
            RedirectToPage { message: String, redirect_to: String }
            RenderInvalidAccountSettings {
                message: String, account_settings_template: String, template_context: Option<Context>
            }
            RenderCustomResponse { message: String, response: Option<HttpResponse> }
        }
        EnrollmentHalt {
            PreventEnrollment { message: String, redirect_to: String, status_code: Option<u16> }
        }
        UnenrollmentHalt {
            PreventUnenrollment { message: String, redirect_to: String, status_code: Option<u16> }
        }
        CohortChangeHalt {
            PreventCohortChange { message: String, redirect_to: String, status_code: Option<u16> }
        }
        CohortAssignmentHalt {
            PreventCohortAssignment { message: String, redirect_to: String, status_code: Option<u16> }
        }
        CertificateCreationHalt {
            PreventCertificateCreation { message: String, redirect_to: String, status_code: Option<u16> }
        }
        CourseAboutHalt {
            RedirectToPage { message: String, redirect_to: String }
            RenderInvalidCourseAbout {
                message: String, course_about_template: String, template_context: Option<Context>
            }
            RenderCustomResponse { message: String, response: HttpResponse }
        }
        CourseStartDateHalt {
            OverrideStartDateError {
                message: String, error_code: String, developer_message: String, user_message: String
            }
        }
        CoursewareAccessHalt {
            PreventCoursewareAccess {
                message: String, error_code: String, developer_message: String, user_message: String
            }
        }
        CoursewareViewHalt {
            RedirectToUrl { message: String, redirect_to: String }
        }
        XBlockRenderHalt {
            PreventXBlockBlockRender { message: String, redirect_to: String, status_code: Option<u16> }
            RenderCustomResponse { message: String, response: Option<HttpResponse> }
        }
        ORASubmissionViewHalt {
            RenderInvalidTemplate { message: String, context: Option<Context>, template_name: String }
        }
        DiscountHalt {
            DiscountIneligible { message: String, redirect_to: String, status_code: Option<u16> }
        }
        DashboardHalt {
            RedirectToPage { message: String, redirect_to: String }
            RenderInvalidDashboard {
                message: String, dashboard_template: String, template_context: Option<Context>
            }
            RenderCustomResponse { message: String, response: Option<HttpResponse> }
        }
        InstructorDashboardHalt {
            RedirectToPage { message: String, redirect_to: String }
            RenderInvalidDashboard {
                message: String, instructor_template: String, template_context: Option<Context>
            }
            RenderCustomResponse { message: String, response: Option<HttpResponse> }
        }
        InstructorDashboardTabsHalt {
            PreventTabsGeneration { message: String, tabs: Option<Vec<Context>> }
        }
    }
};

/// The variants of the halts of this name.
pub(super) fn variants(halts: &str) -> &'static [Variant] {
    let found = HALTS.iter().find(|(name, _)| *name == halts);
    found.unwrap_or_else(|| panic!("{halts} is not listed")).1
}

#[test]
fn all_halts_belong_to_a_filter() {
    let listed: BTreeSet<_> = HALTS.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, ours().filter_map(|info| info.halts).collect());
}

#[test]
fn a_message_alone_makes_a_halt() {
    let scope = testing::isolate([]);
    let _never = DISCOUNT_ELIGIBILITY_CHECK_REQUESTED
        .connect("never", |_| Err::<(), _>(DiscountHalt::discount_ineligible("no")));
    let asked = DiscountEligibilityCheckRequested {
        user: super::personal::user("ada"),
        course_key: "course-v1:edX+DemoX+2026".parse().expect("a key"),
    };
    match DISCOUNT_ELIGIBILITY_CHECK_REQUESTED.run_filter(asked) {
        Err(FilterError::Halted {
            halt: DiscountHalt::DiscountIneligible { message, redirect_to, status_code },
            ..
        }) => {
            assert_eq!((message.as_str(), redirect_to.as_str(), status_code), ("no", "", None));
        }
        other => panic!("{other:?}"),
    }
    assert!(scope.take_errors().is_empty());

    let message = || "no".to_owned();
    let (redirect_to, status_code) = (String::new(), None);
    assert_eq!(
        LoginHalt::prevent_login("no"),
        LoginHalt::PreventLogin { message: message(), redirect_to, error_code: String::new(), context: None }
    );
    let redirect_to = String::new();
    assert_eq!(
        XBlockRenderHalt::prevent_xblock_block_render("no"),
        XBlockRenderHalt::PreventXBlockBlockRender { message: message(), redirect_to, status_code }
    );
}
