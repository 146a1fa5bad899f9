//! The span of a send, and what runs inside it.

use openedx_events::{drain, receiver, signal, testing};
use openedx_events_tests::spans;

/// Sent when a bell rang.
#[signal("org.example.traces.bell.rang.v1")]
pub struct BellRang {
    pub name: String,
}

/// Sent when a gong rang.
#[signal("org.example.traces.gong.rang.v1")]
pub struct GongRang {
    pub name: String,
}

const BELL: &str = "org.example.traces.bell.rang.v1";
const GONG: &str = "org.example.traces.gong.rang.v1";

#[receiver(BELL_RANG)]
fn listen(name: &str) -> Result<(), String> {
    tracing::info!("listens to {name}");
    if name == "cracked" { Err("it rattles".to_owned()) } else { Ok(()) }
}

#[receiver(GONG_RANG)]
async fn listen_later(name: &str) {
    tokio::task::yield_now().await;
    tracing::info!("listens later to {name}");
}

#[test]
fn a_sync_receiver_runs_inside_the_span_of_the_send() {
    spans::collect();
    BELL_RANG.send_event("tower".to_owned()).into_result().expect("received");
    let around = spans::around_line("listens to tower");
    assert_eq!(around.iter().map(spans::Span::name).collect::<Vec<_>>(), ["send"]);
    assert_eq!((around[0].field("event_type"), around[0].field("otel.kind")), (BELL, "internal"));
    assert_eq!(around[0].field("otel.status_code"), "");
    assert!(around[0].field("messaging.message.id").len() == 36, "{:?}", around[0]);
}

#[test]
fn a_send_whose_receiver_fails_has_failed() {
    spans::collect();
    assert!(!BELL_RANG.send_event("cracked".to_owned()).is_ok());
    assert_eq!(spans::around_line("listens to cracked")[0].field("otel.status_code"), "ERROR");
}

#[test]
fn the_span_of_a_send_is_in_that_of_its_caller() {
    spans::collect();
    tracing::info_span!("request").in_scope(|| BELL_RANG.send_event("school".to_owned()));
    let around = spans::around_line("listens to school");
    assert_eq!(around.iter().map(spans::Span::name).collect::<Vec<_>>(), ["send", "request"]);
}

#[tokio::test]
async fn a_spawned_receiver_runs_inside_the_span_of_its_send() {
    spans::collect();
    tracing::info_span!("request").in_scope(|| GONG_RANG.send_event("spawned".to_owned()));
    assert_eq!(spans::current(), None);
    drain().await;
    let around = spans::around_line("listens later to spawned");
    assert_eq!(around.iter().map(spans::Span::name).collect::<Vec<_>>(), ["send", "request"]);
    assert_eq!(around[0].field("event_type"), GONG);
}

#[tokio::test]
async fn an_awaited_receiver_runs_inside_the_span_of_its_send() {
    spans::collect();
    GONG_RANG.send_event_async("awaited".to_owned()).await.into_result().expect("received");
    let around = spans::around_line("listens later to awaited");
    assert_eq!(around.iter().map(spans::Span::name).collect::<Vec<_>>(), ["send"]);
    assert_eq!(spans::current(), None);
}

#[test]
fn a_send_in_a_test_scope_has_its_span() {
    spans::collect();
    let _scope = testing::isolate([&BELL_RANG]);
    BELL_RANG.send_event("scoped".to_owned()).into_result().expect("received");
    assert_eq!(spans::around_line("listens to scoped")[0].name(), "send");
}
