//! The names that other libraries have for what a signal does. A call does not compile, and the message has the name that it has
//! here: rustc looks for similar names only among those that are spelled alike.

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
    message = "a signal has no method of this name: a function with `#[receiver]` receives its events, or a closure that is \
               given to `connect`",
    label = "call `connect(\"a_name\", |event, context| …)`, or write a `#[receiver]`"
)]
#[doc(hidden)]
pub trait ReceivedByAnotherName {}

/// The bound is on the event, and not on the argument: so the message stands at the name, whatever the argument is.
macro_rules! other_names {
    ($bound:ident, $output:ty: $($name:ident)+) => {
        impl<E: Event> Signal<E> {
            $(
                #[doc(hidden)]
                pub fn $name<T>(&'static self, _: T) -> $output
                where
                    E: $bound,
                {
                    unreachable!("nothing implements the bound")
                }
            )+
        }
    };
}

other_names!(SentByAnotherName, Responses: send emit publish dispatch trigger fire raise notify broadcast post send_robust);
other_names!(ReceivedByAnotherName, Connection: subscribe on listen register observe add_listener add_handler handle receive);
