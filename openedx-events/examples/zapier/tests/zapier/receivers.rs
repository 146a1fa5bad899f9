//! What the receivers do in a test scope.

use std::net::TcpListener;

use example_zapier::Zapier;
use openedx_events::AnySignal;
use openedx_events::learning::data::{UserData, UserPersonalData};
use openedx_events::learning::signals::{
    COURSE_ENROLLMENT_CREATED, PERSISTENT_GRADE_SUMMARY_CHANGED, STUDENT_REGISTRATION_COMPLETED,
};
use openedx_events::testing;

use crate::webhook::{SECRET, Server};

/// Their receivers run in a scope that names them. A `static`, as signals are.
pub(crate) static SIGNALS: [&dyn AnySignal; 3] =
    [&STUDENT_REGISTRATION_COMPLETED, &COURSE_ENROLLMENT_CREATED, &PERSISTENT_GRADE_SUMMARY_CHANGED];

pub(crate) fn ada() -> UserData {
    let pii =
        UserPersonalData::builder().username("ada-l").email("ada@example.org").name("Ada Lovelace").build();
    UserData::builder().id(7).is_active(true).pii(pii).build()
}

#[test]
fn a_registration_is_posted() {
    let server = Server::start([]);
    let scope = testing::isolate([&STUDENT_REGISTRATION_COMPLETED]);
    scope.provide(server.zapier()).expect("provided once");

    let responses = STUDENT_REGISTRATION_COMPLETED.send_event(ada());

    assert!(responses.is_ok());
    let posted = server.posted();
    assert_eq!(posted.len(), 1);
    assert_eq!(posted[0].webhook, "registration");
    assert!(posted[0].form.contains(&("user_pii_email".to_owned(), "ada@example.org".to_owned())));
}

#[test]
fn an_event_without_its_setting_is_not_posted() {
    let server = Server::start([]);
    let scope = testing::isolate([&STUDENT_REGISTRATION_COMPLETED]);
    let others = |name: &str| (name != "ZAPIER_REGISTRATION_WEBHOOK").then(|| server.url(name));
    scope.provide(Zapier::from_settings(others).expect("URLs")).expect("provided once");

    assert!(STUDENT_REGISTRATION_COMPLETED.send_event(ada()).is_ok());

    assert_eq!(server.posted(), []);
}

#[test]
fn any_status_but_success_is_a_failure() {
    let statuses = [302, 307, 400, 404, 410, 429, 500, 503];
    let server = Server::start(statuses);
    let scope = testing::isolate([&STUDENT_REGISTRATION_COMPLETED]);
    scope.provide(server.zapier()).expect("provided once");

    for (posts, status) in (1..).zip(statuses) {
        assert!(!STUDENT_REGISTRATION_COMPLETED.send_event(ada()).is_ok());

        // A receiver that fails fails the test, unless the test takes its error.
        let errors = scope.take_errors();
        assert_eq!(errors.len(), 1, "{errors:?}");
        let expected = format!("ZAPIER_REGISTRATION_WEBHOOK: the webhook answered {status}");
        assert!(errors[0].contains(&expected), "{errors:?}");
        assert_shows_no_secret(&errors[0]);
        // No redirection was followed.
        assert_eq!(server.posted().len(), posts);
    }
    assert!(STUDENT_REGISTRATION_COMPLETED.send_event(ada()).is_ok());
}

#[test]
fn a_webhook_that_cannot_be_reached_is_a_failure() {
    let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its address").port();
    let url = format!("http://127.0.0.1:{port}/{SECRET}/registration");
    let scope = testing::isolate([&STUDENT_REGISTRATION_COMPLETED]);
    scope.provide(Zapier::from_settings(|_| Some(url.clone())).expect("URLs")).expect("provided once");

    assert!(!STUDENT_REGISTRATION_COMPLETED.send_event(ada()).is_ok());

    let errors = scope.take_errors();
    assert!(errors[0].contains("ZAPIER_REGISTRATION_WEBHOOK: the webhook cannot be reached: "), "{errors:?}");
    assert_shows_no_secret(&errors[0]);
}

/// Neither personal data nor the URL of a webhook.
#[track_caller]
pub(crate) fn assert_shows_no_secret(text: &str) {
    for secret in [SECRET, "ada-l", "ada@example.org", "Ada Lovelace"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}
