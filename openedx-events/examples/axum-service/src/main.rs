//! A service with axum that sends events. Async receivers write what happened into a SQLite database.
//!
//! ```text
//! cargo run -p example-axum-service
//! curl localhost:3000/loans -H 'content-type: application/json' -d '{"title": "Emma", "reader": "Ada"}'
//! curl localhost:3000/loans/Emma -X DELETE
//! ```
//!
//! The environment may set `ADDRESS` and `DATABASE`, and send the events to other services with `EVENT_BUS_URL` and
//! `EVENT_BUS_PRODUCER_CONFIG`. SIGTERM or ctrl-c stops the service gracefully.

use std::env;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{delete, post};
use axum::{Json, Router};
use openedx_events::bus::{BusSettings, EventProducer};
use openedx_events::{BoxError, EventData, receiver, signal};
use rusqlite::{Connection, Params};
use tokio::net::TcpListener;
use tokio::signal::{ctrl_c, unix};
use tokio::task::spawn_blocking;

#[derive(Clone, PartialEq, EventData)]
#[event_data(serde)]
struct LoanData {
    title: String,
    #[event_data(pii)]
    reader: String,
}

/// Sent when a book was lent.
#[signal("org.example.library.book.lent.v1", key = loan.title)]
struct BookLent {
    loan: LoanData,
}

/// Sent when a book came back.
#[signal("org.example.library.book.returned.v1", key = title)]
struct BookReturned {
    title: String,
}

#[receiver(BOOK_LENT)]
async fn record_loan(loan: &LoanData, #[state] db: &Database) -> Result<(), BoxError> {
    db.execute("INSERT INTO loans VALUES (?1, ?2)", [loan.title.clone(), loan.reader.clone()]).await
}

#[receiver(BOOK_RETURNED)]
async fn end_loan(title: &str, #[state] db: &Database) -> Result<(), BoxError> {
    db.execute("DELETE FROM loans WHERE title = ?1", [title.to_owned()]).await
}

/// `send_event_async` waits for the receivers. A book that is lent already is a conflict in the database.
async fn lend(Json(loan): Json<LoanData>) -> StatusCode {
    let responses = BOOK_LENT.send_event_async(loan).await;
    if responses.is_ok() { StatusCode::CREATED } else { StatusCode::CONFLICT }
}

/// `send_event` spawns async receivers and does not wait for them.
async fn take_back(Path(title): Path<String>) -> StatusCode {
    BOOK_RETURNED.send_event(title);
    StatusCode::ACCEPTED
}

struct Database(Arc<Mutex<Connection>>);

impl Database {
    /// SQLite blocks, so it is called on a thread for blocking work.
    async fn execute(&self, sql: &'static str, values: impl Params + Send + 'static) -> Result<(), BoxError> {
        let db = Arc::clone(&self.0);
        let execute = move || db.lock().unwrap_or_else(PoisonError::into_inner).execute(sql, values);
        spawn_blocking(execute).await??;
        Ok(())
    }
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    tracing_subscriber::fmt::init();
    let db = Connection::open(env::var("DATABASE").as_deref().unwrap_or(":memory:"))?;
    db.execute("CREATE TABLE IF NOT EXISTS loans (title TEXT PRIMARY KEY, reader TEXT NOT NULL)", ())?;
    openedx_events::provide(Database(Arc::new(Mutex::new(db))))?;
    // Fails if a receiver has no state, or if two signals have one type.
    openedx_events::check()?;
    // Nothing is produced unless the settings say so.
    let producer = EventProducer::start(&BusSettings::layers().environment().read()?)?;

    let routes = Router::new().route("/loans", post(lend)).route("/loans/{title}", delete(take_back));
    let listener = TcpListener::bind(env::var("ADDRESS").as_deref().unwrap_or("127.0.0.1:3000")).await?;
    tracing::info!("listening on http://{}", listener.local_addr()?);
    let mut terminate = unix::signal(unix::SignalKind::terminate())?;
    let stopped = async move {
        tokio::select! { _ = terminate.recv() => (), _ = ctrl_c() => () }
    };
    axum::serve(listener, routes).with_graceful_shutdown(stopped).await?;
    // No more requests. Wait for the receivers that were spawned.
    openedx_events::drain().await;
    // Publish what is queued.
    let report = producer.shutdown_async(Duration::from_secs(5)).await?;
    tracing::info!(published = report.published, "stopped");
    Ok(())
}
