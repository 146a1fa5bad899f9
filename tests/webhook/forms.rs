//! The forms in which events are posted.

use openedx_events::EventsMetadata;
use openedx_events::bus::WebhookForm;
use openedx_events::cloudevents;
use openedx_events::learning::signals::StudentRegistrationCompleted;
use openedx_events_tests::wait_until;
use serde_json::{Value, json};

use crate::server::{Received, Server, ok};
use crate::world::{DRAIN, NAME, World, registration};

/// The request for one event, and its metadata.
fn posted(form: WebhookForm, personal_data: bool) -> (Received, EventsMetadata) {
    let (world, server) = (World::new(), Server::start(|_, _| ok()));
    let metadata = world.publish(7..8).remove(0);
    let consumer = world.start(world.signed(&server, form).personal_data(personal_data));
    wait_until("it is done", || consumer.report().done == 1);
    consumer.stop(DRAIN).expect("stopped");
    (server.received().remove(0), metadata)
}

#[test]
fn a_cloud_event_is_read_back_as_the_same_event() {
    let (request, metadata) = posted(WebhookForm::CloudEvents, true);
    assert_eq!(request.headers["content-type"], "application/cloudevents+json; charset=UTF-8");
    let read =
        cloudevents::from_json_as::<StudentRegistrationCompleted>(&request.body).expect("a CloudEvent");
    assert_eq!(read.1, metadata);
    assert_eq!(read.0.user.pii.username, registration(7).user.pii.username);
}

#[test]
fn a_binary_cloud_event_has_its_metadata_in_headers() {
    let (request, metadata) = posted(WebhookForm::CloudEventsBinary, true);
    let header = |name: &str| request.headers[name].as_str();
    assert_eq!(header("content-type"), "application/json");
    assert_eq!(header("ce-specversion"), "1.0");
    assert_eq!(header("ce-type"), "org.openedx.learning.student.registration.completed.v1");
    assert_eq!(header("ce-id"), metadata.id().to_string());
    assert_eq!(header("ce-source"), metadata.source());
    assert_eq!(header("ce-minorversion"), "0");
    assert!(!request.headers.contains_key("ce-redacted"));
    let data: Value = serde_json::from_str(&request.body).expect("JSON");
    assert_eq!(data["user"]["id"], json!(7));
}

#[test]
fn the_standard_form_has_type_time_and_data() {
    let (request, metadata) = posted(WebhookForm::Standard, true);
    assert_eq!(request.headers["content-type"], "application/json");
    assert_eq!(request.headers["webhook-id"], metadata.id().to_string());
    let payload: Value = serde_json::from_str(&request.body).expect("JSON");
    let members: Vec<_> = payload.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["data", "timestamp", "type"]);
    assert_eq!(payload["type"], "org.openedx.learning.student.registration.completed.v1");
    assert_eq!(payload["data"]["user"]["pii"]["username"], format!("{NAME}-7"));
}

#[test]
fn the_flat_form_has_a_field_for_each_value() {
    let (request, metadata) = posted(WebhookForm::Flat, true);
    assert_eq!(request.headers["content-type"], "application/x-www-form-urlencoded");
    let fields: Vec<_> = request.body.split('&').collect();
    let id = format!("event_metadata_id={}", metadata.id());
    for field in [
        "user_id=7",
        "user_is_active=True",
        "user_pii_username=Zephyrine-7",
        "user_pii_name=Zephyrine+%26+S%C3%B6hne",
        "event_metadata_event_type=org.openedx.learning.student.registration.completed.v1",
        "event_metadata_minorversion=0",
        "event_metadata_sourcelib=11",
        &id,
    ] {
        assert!(fields.contains(&field), "{field} is not in {fields:?}");
    }
}

#[test]
fn without_permission_no_form_has_personal_data() {
    for form in
        [WebhookForm::CloudEvents, WebhookForm::CloudEventsBinary, WebhookForm::Standard, WebhookForm::Flat]
    {
        let (request, _) = posted(form, false);
        let text = format!("{request:?}");
        assert!(!text.contains(NAME) && !text.contains("zephyrine"), "{text}");
        let redacted =
            if form == WebhookForm::Flat { "user_pii_username=%3Credacted%3E" } else { "<redacted>" };
        assert!(request.body.contains(redacted), "{text}");
    }
}

#[test]
fn a_form_is_signed_if_there_is_a_secret_and_not_otherwise() {
    let (world, server) = (World::new(), Server::start(|_, _| ok()));
    world.publish(0..1);
    let consumer = world.start(World::webhook(&server.url()));
    wait_until("it is done", || consumer.report().done == 1);
    consumer.stop(DRAIN).expect("stopped");
    assert!(server.received()[0].headers.keys().all(|name| !name.starts_with("webhook-")));
    let (request, _) = posted(WebhookForm::Flat, true);
    assert!(request.headers["webhook-signature"].starts_with("v1,"));
}
