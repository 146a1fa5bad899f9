//! The testing kit: a [`Scope`] in which the chosen signals and receivers alone are live.
//!
//! A scope belongs to the tokio task that made it, or to the thread where there is no task. Inside it
//!
//! - only the chosen signals reach receivers, and of their receivers only the chosen ones, if any were chosen;
//! - what is sent is recorded, whether it reached a receiver or not;
//! - state is the scope's own, and so are connections and what is enabled;
//! - a receiver that fails fails the test when the scope ends, unless the test [expects](Scope::expect_errors) it.
//!
//! Scopes of other tests in the same process see nothing of it. Async receivers that `send_event` spawns inside a scope
//! are inside it too, to their end; a future of `send_event_async` belongs to the scope that it is first polled in.
//! Other tasks and threads join with [`Scope::enter`] or [`Scope::instrument`]; blocking tasks count as others.
//!
//! A test that lets receivers be spawned awaits [`Scope::drain`] at its end, even if it has waited for what they do: how
//! they ended is known only then, and a scope that ends before its receivers fails the test.
//!
//! While no scope is alive anywhere, sending pays one relaxed load for all this.
//!
//! # Examples
//!
//! ```
//! use openedx_events::{EventData, receiver, signal, testing};
//!
//! /// A book was lent.
//! #[signal("org.example.library.book.lent.v1")]
//! #[derive(Clone, PartialEq)]
//! pub struct BookLent {
//!     pub title: String,
//! }
//!
//! /// A reminder is due.
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
