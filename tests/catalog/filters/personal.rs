//! Personal data: none of it is in `Debug`.

use openedx_events::authentication::filters::AccountActivationEmailContextGenerated;
use openedx_events::filters::{Context, FormData, HttpResponse};
use openedx_events::learning::data::{CohortData, CourseData, UserData, UserPersonalData};
use openedx_events::learning::filters::{
    CohortChangeRequested, DashboardHalt, InstructorDashboardTabsHalt, LoginHalt,
    StudentRegistrationRequested, SupportEnrollmentDataRequested,
};

/// Whatever a user has is their name.
pub(super) fn user(name: &str) -> UserData {
    let email = format!("{name}@example.org");
    let pii = UserPersonalData::builder().username(name).email(email).name(name).build();
    UserData::builder().id(7).is_active(true).pii(pii).build()
}

#[test]
fn debug_shows_nothing_personal() {
    let context = || Context::from_iter([("greeting", "Hello Ada")]);
    let cohort = || {
        let course =
            CourseData::builder().course_key("course-v1:edX+DemoX+2026".parse().expect("a key")).build();
        CohortData::builder().user(user("Ada")).course(course).name("mornings").build()
    };
    let form = FormData::from_iter([("username", "Ada"), ("password", "Ada")]);
    let response = HttpResponse::new(200, "Hello Ada").header("Set-Cookie", "name=Ada");
    let message = String::new;
    let shown = [
        format!(
            "{:?}",
            AccountActivationEmailContextGenerated { user: user("Ada"), message_context: context() }
        ),
        format!("{:?}", CohortChangeRequested { current_membership: cohort(), target_cohort: cohort() }),
        format!("{:?}", StudentRegistrationRequested::new(form)),
        format!(
            "{:?}",
            SupportEnrollmentDataRequested { enrollments_data: vec![context()], user: user("Ada") }
        ),
        format!("{:?}", DashboardHalt::RenderCustomResponse { message: message(), response: Some(response) }),
        format!(
            "{:?}",
            LoginHalt::PreventLogin {
                message: message(),
                redirect_to: message(),
                error_code: message(),
                context: Some(context()),
            }
        ),
        format!(
            "{:?}",
            InstructorDashboardTabsHalt::PreventTabsGeneration {
                message: message(),
                tabs: Some(vec![context()])
            }
        ),
    ];
    for shown in shown {
        assert!(!shown.contains("Ada"), "{shown}");
    }
}
