//! The names that other libraries have for what a signal does. A call does not compile, and the message has the name that it has
//! here: rustc looks for similar names only among those that are spelled alike.
//!
//! The bound is on the signal and not on the argument, so that the message stands at the name, whatever the argument is. The methods
//! are written out, as rustc would show the macro that makes them.

use std::future::Ready;

use super::connection::Connection;
use super::event::Event;
use super::responses::Responses;
use super::typed::Signal;

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a signal has no method of this name: `send_event` sends the event",
    label = "call `send_event`",
    note = "`send_event_async` waits for the async receivers too; `event(…)` starts a send with options"
)]
#[doc(hidden)]
pub trait SentByAnotherName {}

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a signal has no method of this name: `send_event_async` sends the event, and waits for the async receivers too",
    label = "call `send_event_async`"
)]
#[doc(hidden)]
pub trait AwaitedByAnotherName {}

/// Nothing implements it.
#[diagnostic::on_unimplemented(
    message = "a signal has no method of this name: a function with `#[receiver]` receives its events, or a closure that is \
               given to `connect`",
    label = "call `connect(\"a_name\", |event, context| …)`, or write a `#[receiver]`"
)]
#[doc(hidden)]
pub trait ReceivedByAnotherName {}

const UNREACHABLE: &str = "nothing implements the bound";

impl<E: Event> Signal<E> {
    #[doc(hidden)]
    pub fn send<T>(&'static self, _: T) -> Responses
    where
        Self: SentByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn send_robust<T>(&'static self, _: T) -> Responses
    where
        Self: SentByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn emit<T>(&'static self, _: T) -> Responses
    where
        Self: SentByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn publish<T>(&'static self, _: T) -> Responses
    where
        Self: SentByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn dispatch<T>(&'static self, _: T) -> Responses
    where
        Self: SentByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn trigger<T>(&'static self, _: T) -> Responses
    where
        Self: SentByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn fire<T>(&'static self, _: T) -> Responses
    where
        Self: SentByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn notify<T>(&'static self, _: T) -> Responses
    where
        Self: SentByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn broadcast<T>(&'static self, _: T) -> Responses
    where
        Self: SentByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn send_async<T>(&'static self, _: T) -> Ready<Responses>
    where
        Self: AwaitedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn emit_async<T>(&'static self, _: T) -> Ready<Responses>
    where
        Self: AwaitedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn publish_async<T>(&'static self, _: T) -> Ready<Responses>
    where
        Self: AwaitedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn subscribe<N, R>(&'static self, _: N, _: R) -> Connection
    where
        Self: ReceivedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn on<N, R>(&'static self, _: N, _: R) -> Connection
    where
        Self: ReceivedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn listen<N, R>(&'static self, _: N, _: R) -> Connection
    where
        Self: ReceivedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn register<N, R>(&'static self, _: N, _: R) -> Connection
    where
        Self: ReceivedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }

    #[doc(hidden)]
    pub fn observe<N, R>(&'static self, _: N, _: R) -> Connection
    where
        Self: ReceivedByAnotherName,
    {
        unreachable!("{UNREACHABLE}")
    }
}
