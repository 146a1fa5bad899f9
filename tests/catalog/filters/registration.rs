//! Passwords in registrations, which no step sees.

use openedx_events::filters::FormData;
use openedx_events::learning::filters::{STUDENT_REGISTRATION_REQUESTED, StudentRegistrationRequested};
use openedx_events::testing;

use super::upstream::filters;
use crate::conformance::{list_of, text};

#[test]
fn the_hidden_fields_are_upstreams() {
    for filter in filters() {
        let hidden: Vec<_> = list_of(&filter["hidden_form_fields"]).iter().map(text).collect();
        if filter["name"] == "StudentRegistrationRequested" {
            assert_eq!(hidden, StudentRegistrationRequested::HIDDEN_FIELDS);
        } else {
            assert!(hidden.is_empty(), "{filter}");
        }
    }
}

#[test]
fn steps_do_not_see_passwords_and_cannot_change_them() {
    let scope = testing::isolate([]);
    let _changes = STUDENT_REGISTRATION_REQUESTED.connect("changes", |registration| {
        let form = &mut registration.form_data;
        assert_eq!(form.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["username", "interest"]);
        form.set("username", "ada.lovelace");
        form.set("password", "guessed");
    });
    let form = FormData::from_iter([
        ("username", "ada"),
        ("password", "secret"),
        ("interest", "engines"),
        ("new_password1", "one"),
        ("new_password1", "two"),
    ]);
    let registration = STUDENT_REGISTRATION_REQUESTED
        .run_filter(StudentRegistrationRequested::new(form))
        .expect("nothing halts");
    assert!(scope.take_errors().is_empty());
    let form = registration.restore();
    assert_eq!(form.get("username"), Some("ada.lovelace"));
    assert_eq!(form.get_all("password").collect::<Vec<_>>(), ["secret"]);
    assert_eq!(form.get_all("new_password1").collect::<Vec<_>>(), ["one", "two"]);
}
