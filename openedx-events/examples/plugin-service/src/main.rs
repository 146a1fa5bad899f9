//! A service that a plugin is linked into. It sends an event; the plugin posts it to a webhook.
//!
//! ```text
//! cargo run -p example-plugin-service
//! WEBHOOK_URL=http://localhost:8000/hook cargo run -p example-plugin-service
//! ```
//!
//! Without `WEBHOOK_URL` the service is the webhook as well, and logs what is posted to it.

use std::env;

use axum::{Router, routing::post};
use example_plugin::Webhook;
use openedx_events::BoxError;
use openedx_events::learning::data::{CourseData, CourseEnrollmentData, UserData, UserPersonalData};
use openedx_events::learning::signals::COURSE_ENROLLMENT_CREATED;
use tokio::net::TcpListener;

// The linker leaves out a crate that the program does not name, and its receivers with it.
openedx_events::link!(example_plugin);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    tracing_subscriber::fmt::init();
    let url = match env::var("WEBHOOK_URL") {
        Ok(url) => url,
        Err(_) => local_webhook().await?,
    };
    openedx_events::provide(Webhook::new(url))?;
    // An error if the plugin is not linked, or if its state is not provided.
    println!("{}", openedx_events::check()?);

    // The service knows nothing of who receives its events.
    COURSE_ENROLLMENT_CREATED.send_event(enrollment()?);

    // Before the end: wait for the receivers that `send_event` has spawned.
    openedx_events::drain().await;
    let receivers = openedx_events::spawned_receivers();
    println!("{} started, {} completed", receivers.started, receivers.completed);
    if receivers.completed == receivers.started { Ok(()) } else { Err("see the log".into()) }
}

fn enrollment() -> Result<CourseEnrollmentData, BoxError> {
    let pii = UserPersonalData::builder().username("ada").email("ada@example.org").name("Ada").build();
    let course = CourseData::builder()
        .course_key("course-v1:edX+DemoX+2026".parse()?)
        .display_name("Demonstration course")
        .build();
    Ok(CourseEnrollmentData::builder()
        .user(UserData::builder().id(7).is_active(true).pii(pii).build())
        .course(course)
        .mode("audit")
        .is_active(true)
        .creation_date("2026-11-21T12:00:00+00:00".parse()?)
        .build())
}

/// Stands in for the other side. Returns its URL.
async fn local_webhook() -> Result<String, BoxError> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/", listener.local_addr()?);
    let router =
        Router::new().route("/", post(|body: String| async move { tracing::info!("posted: {body}") }));
    tokio::spawn(async { axum::serve(listener, router).await });
    Ok(url)
}
