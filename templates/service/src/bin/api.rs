//! Takes orders over HTTP, and sends an event for each. `ADDRESS` in the environment sets where it listens.

use std::env;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use openedx_events::BoxError;
use openedx_events::bus::EventProducer;
use tokio::net::TcpListener;
use tokio::signal::{ctrl_c, unix};
use tokio::time::timeout;

use {{crate_name}}::events::{ORDER_PLACED, Order};
use {{crate_name}}::settings;

/// How long a request waits for the event bus.
const STORED_WITHIN: Duration = Duration::from_secs(2);

/// 201: the bus has stored the event. 202: the bus does not answer, and the event waits in the memory of this process.
/// 503: too many wait already.
async fn place_order(Json(order): Json<Order>) -> StatusCode {
    match timeout(STORED_WITHIN, ORDER_PLACED.send_event_async(order)).await {
        Ok(responses) if responses.is_ok() => StatusCode::CREATED,
        Ok(_) => StatusCode::SERVICE_UNAVAILABLE,
        Err(_) => StatusCode::ACCEPTED,
    }
}

/// 503 while events cannot be published, with the number of those that wait.
async fn health(State(producer): State<Arc<EventProducer>>) -> (StatusCode, String) {
    let status = if producer.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    (
        status,
        format!("{} events wait\n", producer.report().queued),
    )
}

/// Returns at SIGTERM and ctrl-c.
async fn stopped(mut terminate: unix::Signal) {
    tokio::select! { _ = terminate.recv() => (), _ = ctrl_c() => () }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    tracing_subscriber::fmt::init();
    openedx_events::set_service_name(env!("CARGO_PKG_NAME"))?;
    openedx_events::check()?;
    let producer = Arc::new(EventProducer::start(&settings::read()?)?);
    let routes = Router::new()
        .route("/orders", post(place_order))
        .route("/health", get(health))
        .with_state(Arc::clone(&producer));

    let terminate = unix::signal(unix::SignalKind::terminate())?;
    let address = env::var("ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    axum::serve(listener, routes)
        .with_graceful_shutdown(stopped(terminate))
        .await?;

    // No more requests. What still waits is published, or an error says how much is lost.
    let producer = Arc::into_inner(producer).ok_or("a request still runs")?;
    producer.shutdown_async(Duration::from_secs(5)).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use openedx_events::testing;

    use {{crate_name}}::events::{Customer, OrderPlaced, Payment};

    use super::*;

    #[tokio::test]
    async fn an_order_is_sent_as_an_event() {
        let scope = testing::isolate([&ORDER_PLACED]);
        let customer = Customer {
            name: "Ada".into(),
            email: "ada@example.org".into(),
        };
        let order = Order {
            number: 7,
            customer,
            payment: Payment::Card,
            cents: 1250,
        };

        assert_eq!(place_order(Json(order)).await, StatusCode::CREATED);

        scope.assert_sent::<OrderPlaced>(|event| event.order.number == 7);
    }
}
