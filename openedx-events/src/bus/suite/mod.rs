//! Tests for authors of backends: what every [`Backend`] must do.
//!
//! Enable the feature `bus-suite` in `[dev-dependencies]`, implement [`Subject`] for your backend, and call
//! [`bus_suite!`](crate::bus_suite) in an integration test of its own, such as `tests/suite.rs`:
//!
//! ```
//! use std::sync::Arc;
//!
//! use openedx_events::bus::memory::Memory;
//! use openedx_events::bus::{Backend, suite};
//!
//! struct InMemory(Memory);
//!
//! impl suite::Subject for InMemory {
//!     fn backend(&self) -> Arc<dyn Backend> {
//!         Arc::new(self.0.clone())
//!     }
//! }
//!
//! openedx_events::bus_suite!(Some(InMemory(Memory::new())));
//! ```
//!
//! Each behaviour is a test: publishing, groups, order, pending entries, attempts, parking, operators, stopping, failures and dead letters. The tests run in
//! parallel, each in its own topics. No error that they see may show a [secret](Subject::secrets). What a backend does not [promise](super::Promises) is not tested; the test prints that
//! it is skipped.
//!
//! An expression that returns `None` skips all tests, for example when the server of the backend is not installed.

#[doc(hidden)]
pub mod admin;
#[doc(hidden)]
pub mod attempts;
#[doc(hidden)]
pub mod consuming;
mod event;
#[doc(hidden)]
pub mod failing;
#[doc(hidden)]
pub mod groups;
#[doc(hidden)]
pub mod ordering;
#[doc(hidden)]
pub mod parked_events;
#[doc(hidden)]
pub mod parking;
#[doc(hidden)]
pub mod publishing;
#[doc(hidden)]
pub mod secrets;
#[doc(hidden)]
pub mod stopping;
mod watched;
mod world;

use std::sync::Arc;
use std::time::Duration;

use super::contract::Backend;
use crate::signal::registry::registration::HiddenModule;

#[doc(hidden)]
pub use world::World;

/// A backend under test.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a `Subject` of the suite",
    label = "not a `Subject`",
    note = "implement `openedx_events::bus::suite::Subject` for a type of your own, whose `backend` returns the backend"
)]
pub trait Subject: Sync {
    /// Returns a new handle to the backend, as another process would open it. All handles share the same storage.
    fn backend(&self) -> Arc<dyn Backend>;

    /// Kills the storage and starts it again. Returns `false` if there is nothing to restart, which skips the tests that need
    /// it.
    fn restart(&self) -> bool {
        false
    }

    /// Returns a handle to a backend whose storage cannot be reached, such as an address at which nobody listens. `None` if
    /// there is no such thing. Its address should have the [secrets](Self::secrets).
    fn unreachable(&self) -> Option<Arc<dyn Backend>> {
        None
    }

    /// Returns the texts that must not occur in any error or `Debug` output of the backend: the passwords of its addresses.
    fn secrets(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns how long a behaviour waits for what must happen before it fails. One minute by default.
    fn timeout(&self) -> Duration {
        Duration::from_secs(60)
    }
}

/// That a program runs the suite.
#[doc(hidden)]
#[derive(Debug)]
pub struct Here;

inventory::collect!(Here);

/// The event of the suite belongs to the programs that run the suite only, not to every program of a build that enables
/// the feature.
fn runs_elsewhere() -> bool {
    inventory::iter::<Here>.into_iter().next().is_none()
}

inventory::submit! {
    HiddenModule::new(concat!(module_path!(), "::event"), runs_elsewhere)
}

/// Where the tests of a suite find their subject. Implemented at the call of [`bus_suite!`](crate::bus_suite).
#[doc(hidden)]
pub trait Suite {
    /// Runs the test of a behaviour on a new subject.
    fn test(name: &'static str, behaviour: fn(&World<'_>));
}

/// Runs the test of a behaviour. Without a subject it is skipped.
#[doc(hidden)]
pub fn test<S: Subject>(subject: Option<S>, name: &'static str, behaviour: fn(&World<'_>)) {
    if let Some(subject) = subject {
        World::test(&subject, name, behaviour);
    }
}

/// Creates a test for every behaviour of a backend. See [`bus::suite`](crate::bus::suite).
///
/// Takes an expression of type `Option<impl Subject>`, which is evaluated in each test. `None` skips the test.
///
/// The tests are in a module `bus_suite`, beside the call. A second suite has to be in another module.
#[macro_export]
macro_rules! bus_suite {
    ($subject:expr $(,)?) => {
        $crate::__private::inventory::submit! { $crate::bus::suite::Here }

        const _: () = {
            impl $crate::bus::suite::Suite for bus_suite::Suite<{ ::core::line!() }> {
                fn test(name: &'static str, behaviour: fn(&$crate::bus::suite::World<'_>)) {
                    $crate::bus::suite::test($subject, name, behaviour)
                }
            }
        };

        $crate::__bus_suite! {
            publishing: messages_are_unchanged, published_messages_are_stored, many_publishers_lose_nothing,
                published_messages_are_stored_at_once, topics_are_separate, a_new_group_reads_old_messages,
                browsing_changes_nothing, schemas_are_stored;
            groups: each_group_reads_everything, a_group_shares_the_work, a_joining_consumer_skips_nothing,
                a_deleted_group_is_created_again, latest_starts_behind_the_last_entry, groups_are_listed,
                skipping_skips_unread_entries, many_consumers_of_many_topics, a_name_is_one_consumers,
                consumers_that_leave_nothing_are_not_listed;
            ordering: order_of_a_key_is_kept, a_key_is_claimed_as_a_whole, order_of_a_key_is_kept_by_many, order_is_kept_during_retries;
            consuming: a_read_is_woken, a_waiting_read_gets_new_entries, reads_keep_to_their_maximum,
                a_restart_continues_with_pending_entries, released_entries_are_delivered_at_once,
                many_released_entries_are_delivered_at_once, a_pending_key_holds_up_no_other,
                entries_of_a_dead_consumer_are_claimed, renewed_entries_are_not_claimed, acknowledging_twice_is_harmless,
                entries_are_acknowledged_one_by_one, entries_of_others_are_left_alone, entries_of_a_deleted_group_are_nobodys, processed_marks_are_remembered,
                restarted_consumers_lose_nothing, stopping_releases_pending_entries, a_restarted_backend_loses_nothing,
                a_restarted_backend_forgets_nothing;
            attempts: attempts_are_counted, attempts_are_counted_across_consumers, attempts_that_return_are_no_crashes,
                a_return_forgets_no_crash;
            parking: parked_events_are_acknowledged, parked_events_survive, starts_are_counted, settled_events_are_removed,
                parked_events_become_dead_letters, entries_of_others_are_not_parked,
                parked_events_of_a_gone_consumer_are_claimed, renewed_parked_events_are_not_claimed,
                order_of_a_key_is_kept_by_parking, a_key_is_claimed_with_what_is_behind_it, no_key_is_split_by_a_claim,
                a_deleted_group_has_no_parked_events;
            parked_events: listing_parked_events_creates_nothing, parked_events_of_all_consumers_are_listed,
                reading_a_parked_event_counts_no_start, changed_events_are_removed, changed_events_are_claimed_at_once,
                started_events_are_left_alone, events_that_wait_for_others_are_gone, claimed_events_are_gone, order_of_a_key_is_kept_by_changes;
            admin: topics_are_listed, positions_are_found, entries_are_read_by_their_ids, pending_entries_are_listed,
                the_oldest_entry_of_a_group_is_known, a_group_is_moved, entries_are_removed, ids_of_others_are_refused,
                an_inspection_changes_nothing;
            stopping: a_deadline_ends_all_waiting, a_deadline_ends_a_waiting_read, calls_after_the_deadline_end,
                entries_of_a_stopped_consumer_are_delivered;
            secrets: errors_keep_secrets;
            failing: failed_events_are_retried, only_the_failed_receiver_runs_again, events_that_always_fail_are_dead_letters,
                dead_letters_are_counted, undecodable_messages_are_dead_letters, unknown_types_are_dead_letters, crashes_are_counted,
                duplicates_are_recognized, a_slow_receiver_keeps_its_event, another_writers_events_are_read_by_its_schema;
        }
    };
    ($($other:tt)*) => {
        ::core::compile_error! {
            "`bus_suite!` takes one expression, `Some` of a `Subject`, as in `bus_suite!(Some(OnMyBackend))`"
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __bus_suite {
    ($($module:ident: $($behaviour:ident),+;)+) => {
        // One name beside the call, so that a second call in the module is one error. The line keeps the two suites apart.
        mod bus_suite {
            // Outside of tests nothing is left that uses it.
            #[allow(dead_code)]
            #[derive(Debug)]
            pub(super) struct Suite<const LINE: ::core::primitive::u32>;

            $($(
                #[::core::prelude::v1::test]
                fn $behaviour() {
                    <super::bus_suite::Suite<{ ::core::line!() }> as $crate::bus::suite::Suite>::test(
                        ::core::stringify!($behaviour),
                        $crate::bus::suite::$module::$behaviour,
                    );
                }
            )+)+
        }
    };
}
