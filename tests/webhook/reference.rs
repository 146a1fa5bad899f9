//! Against the reference library of Standard Webhooks, and what Python posts as a form.

use std::io::Write as _;
use std::process::{Command, Stdio};

use openedx_events::bus::WebhookForm;
use openedx_events_tests::wait_until;
use serde_json::{Value, json};

use crate::python;
use crate::server::{Server, ok};
use crate::world::{DRAIN, SECRET, World};

/// Runs a script of this folder with upstream's packages, and returns the JSON that it answers.
fn asked(script: &str, question: &Value) -> Option<Value> {
    let python = python::interpreter()?;
    let script = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/webhook")).join(script);
    let mut process = Command::new(python)
        .arg("-I")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let mut input = process.stdin.take().expect("piped");
    input.write_all(question.to_string().as_bytes()).expect("asked");
    drop(input);
    let output = process.wait_with_output().expect("ended");
    assert!(output.status.success(), "the script failed");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["version"], python::pinned(answer["package"].as_str().expect("a package")));
    Some(answer["answer"].clone())
}

/// While a secret is replaced, a peer that knows either of them accepts the request, and no other does.
#[test]
fn the_reference_library_accepts_the_signatures() {
    const OLD: &str = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQt";
    const OTHER: &str = "whsec_b3RoZXItb3RoZXItb3RoZXItb3RoZXIt";
    let (world, server) = (World::new(), Server::start(|_, _| ok()));
    world.publish(0..1);
    let secrets = [world.secret("new", SECRET), world.secret("old", OLD)];
    let webhook =
        World::webhook(&server.url()).form(WebhookForm::Standard).personal_data(true).secrets(secrets);
    let consumer = world.start(webhook);
    wait_until("it is done", || consumer.report().done == 1);
    consumer.stop(DRAIN).expect("stopped");
    let request = server.received().remove(0);
    let question = json!({"secrets": [SECRET, OLD, OTHER], "headers": request.headers, "body": request.body});
    let Some(answer) = asked("verify.py", &question) else { return };
    assert_eq!(answer, json!([true, true, false]));
}

/// The events of the plugin openedx-events-2-zapier: built with upstream's classes, flattened and posted with `requests`.
#[test]
fn the_flat_form_is_what_python_posts() {
    let bodies = Server::start(|_, _| ok());
    let Some(events) = asked("post_flat.py", &json!({"url": bodies.url()})) else { return };
    let events = events.as_array().expect("a list").clone();
    let posted: Vec<_> = bodies.received().into_iter().map(|request| request.body).collect();
    assert_eq!(posted.len(), events.len());
    for (event, python) in events.iter().zip(posted) {
        let (world, server) = (World::new(), Server::start(|_, _| ok()));
        let event =
            openedx_events::cloudevents::from_json(event.as_str().expect("a text")).expect("an event");
        let message = openedx_events::bus::Message::of_event(&*event.0, &event.1).expect("a message");
        world.bus.producer().expect("a producer").publish(&World::topic(), &[message]).expect("published");
        let webhook = World::webhook(&server.url()).events(["*"]).form(WebhookForm::Flat).personal_data(true);
        let consumer = world.start(webhook);
        wait_until("it is done", || consumer.report().done == 1);
        consumer.stop(DRAIN).expect("stopped");
        let ours = server.received().remove(0);
        assert_eq!(ours.headers["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(ours.body, python);
    }
}
