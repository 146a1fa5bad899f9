//! The builders of the data classes: what they fill in is what JSON has, and what upstream has.

mod content_authoring;
mod enterprise;
mod learning;

use openedx_events::authz::data::RoleAssignmentData;
use openedx_events::data::Field;
use openedx_events::learning::signals::{COURSE_ENROLLMENT_CREATED, CourseEnrollmentCreated};
use openedx_events::serde::Serialize;
use openedx_events::testing;
use serde_json::Value;

use crate::classes::{Class, SUBDOMAINS, Subdomain};
use crate::defaults::default_of;

#[test]
fn what_is_left_out_has_upstreams_default() {
    for subdomain in SUBDOMAINS {
        let built = with_required_fields_only(subdomain.name);
        for (name, json) in &built {
            for field in class(subdomain, name).record.fields {
                if let Some(expected) =
                    default_of(subdomain, name, field.name).expect("a field of upstream's")
                {
                    assert_eq!(json[field.name], expected, "{name}.{}", field.name);
                }
            }
        }
        let names: Vec<_> = built.iter().map(|(name, _)| *name).collect();
        let with_defaults: Vec<_> = subdomain
            .classes
            .iter()
            .filter(|class| !class.record.fields.iter().all(Field::is_required))
            .map(|class| class.record.name)
            .collect();
        assert_eq!(names, with_defaults, "{}", subdomain.name);
    }
}

/// Those included that no event carries.
#[test]
fn json_without_what_has_a_default_is_the_same() {
    for subdomain in SUBDOMAINS {
        for (name, built) in with_required_fields_only(subdomain.name) {
            let class = class(subdomain, name);
            let mut without = built.clone();
            let object = without.as_object_mut().expect("a record");
            object.retain(|name, _| {
                class.record.fields.iter().any(|field| field.name == name && field.is_required())
            });
            assert_eq!((class.shown)(&without).json, built, "{name}");
        }
    }
}

#[test]
fn an_event_is_made_by_its_name_and_by_its_field() {
    let scope = testing::isolate([&COURSE_ENROLLMENT_CREATED]);
    let enrollment = learning::enrollment();
    COURSE_ENROLLMENT_CREATED.send_event(CourseEnrollmentCreated { enrollment: enrollment.clone() });
    COURSE_ENROLLMENT_CREATED.send_event(enrollment.clone());
    let sent: Vec<_> = scope.sent::<CourseEnrollmentCreated>();
    assert_eq!(sent.len(), 2);
    scope.assert_sent::<CourseEnrollmentCreated>(|event| event.enrollment == enrollment);
}

/// Each class of a subdomain that has defaults, without them, in upstream's order.
fn with_required_fields_only(subdomain: &str) -> Vec<(&'static str, Value)> {
    match subdomain {
        // Its only class has no defaults.
        "analytics" => Vec::new(),
        "authz" => vec![json(
            "RoleAssignmentData",
            RoleAssignmentData::builder()
                .operation("created")
                .subject("user^ada")
                .role("r")
                .scope("s")
                .build(),
        )],
        "content_authoring" => content_authoring::with_required_fields_only(),
        "enterprise" => enterprise::with_required_fields_only(),
        "learning" => learning::with_required_fields_only(),
        subdomain => panic!("unknown subdomain: {subdomain}"),
    }
}

fn class(subdomain: &Subdomain, name: &str) -> &'static Class {
    subdomain.class(name).expect("a data class")
}

fn json(name: &'static str, value: impl Serialize) -> (&'static str, Value) {
    (name, serde_json::to_value(value).expect("what was built has a JSON form"))
}
