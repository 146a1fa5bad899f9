//! Tests of receivers: a [`Scope`] in which only the chosen signals and receivers are live.
//!
//! A scope belongs to the tokio task that made it, or to the thread if there is no task. Inside it
//!
//! - only the chosen signals reach receivers, and only the chosen receivers if any were chosen;
//! - every event that is sent is recorded, whether it reached a receiver or not;
//! - state, connections and whether a signal is enabled belong to the scope;
//! - a receiver that fails makes the test fail when the scope ends, unless the test [expects](Scope::expect_errors) it.
//!
//! Scopes of other tests in the same process are independent. Async receivers that `send_event` spawns inside a scope
//! are inside it too, until they end; a future of `send_event_async` belongs to the scope in which it is first polled.
//! Other tasks and threads, blocking tasks included, join with [`Scope::enter`] or [`Scope::instrument`].
//!
//! A test whose receivers are spawned awaits [`Scope::drain`] at its end, even if it has waited for their effects: only
//! then is their outcome known, and a scope that ends before its receivers makes the test fail.
//!
//! While no scope is alive, a send pays one relaxed load for all this.
//!
//! # Examples
//!
//! ```
//! use openedx_events::{EventData, receiver, signal, testing};
//!
//! /// Sent when a book was lent.
//! #[signal("org.example.library.book.lent.v1")]
//! #[derive(Clone, PartialEq)]
//! pub struct BookLent {
//!     pub title: String,
//! }
//!
//! /// Sent when a reminder is due.
//! #[signal("org.example.library.reminder.requested.v1")]
//! pub struct ReminderRequested {
//!     pub title: String,
//! }
//!
//! #[receiver(BOOK_LENT)]
//! fn remind(title: &str) {
//!     REMINDER_REQUESTED.send_event(ReminderRequested { title: title.to_owned() });
//! }
//!
//! // In a `#[test]`:
//! let scope = testing::isolate([&BOOK_LENT]);
//! BOOK_LENT.send_event(BookLent { title: "Emma".into() });
//!
//! scope.assert_sent::<ReminderRequested>(|reminder| reminder.title == "Emma");
//! assert_eq!(scope.sent::<BookLent>().len(), 1);
//! ```

mod scope;

pub use crate::signal::scope::{EnterGuard, Instrumented};
pub use scope::{Isolation, Scope, Sent, isolate, isolation, receiver_path};
