//! What every backend must do, as tests: for authors of backends.
//!
//! ```
//! # // The macro makes tests, which a documentation test does not run.
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
//! Each behaviour is a test of its own. They run at once, each in topics of its own. What a backend does not
//! [promise](super::Promises) is not asked of it; the test prints that it is left out.

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
pub mod publishing;
mod world;

use std::sync::Arc;

use super::contract::Backend;
use crate::signal::registry::registration::HiddenModule;

pub use world::World;

/// A backend that is to be tested.
pub trait Subject: Sync {
    /// A handle to the backend as another process would have it: all handles of a subject are of the same storage.
    fn backend(&self) -> Arc<dyn Backend>;

    /// Stops the storage without warning and starts it again. `false` if there is nothing to restart.
    fn restart(&self) -> bool {
        false
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

/// Makes a test of every behaviour, for the [`Subject`] that the expression gives: `Some` of it, or `None` where it cannot be
/// tested, such as without its server. It is evaluated in each test.
#[macro_export]
macro_rules! bus_suite {
    ($subject:expr) => {
        $crate::__private::inventory::submit! { $crate::bus::suite::Here }
        $crate::__bus_suite! { $subject;
            publishing: everything_survives, what_is_published_is_stored, many_publishers_lose_nothing,
                topics_are_apart, old_messages_are_there, browsing_changes_nothing, schemas_are_kept;
            groups: each_group_gets_everything, a_group_shares_the_work, a_joining_consumer_skips_nothing,
                a_group_that_was_deleted_starts_anew, latest_starts_behind, groups_are_told_of,
                skipping_passes_over_what_is_not_read, many_consumers_of_many_topics;
            ordering: order_of_a_key_is_kept, order_of_a_key_is_kept_by_many, order_is_kept_while_trying_again;
            consuming: a_read_is_woken, a_restart_goes_on_with_what_was_in_hand, what_is_released_comes_at_once,
                a_dead_consumers_entries_are_taken_over, what_is_kept_is_not_taken_over, acknowledging_twice_is_harmless,
                marks_are_counted, records_are_kept, restarted_consumers_lose_nothing, stopping_hands_back,
                a_restarted_backend_loses_nothing;
            failing: what_fails_comes_again, only_the_failed_receiver_runs_again, what_never_works_is_a_dead_letter,
                dead_letters_are_counted, poison_is_a_dead_letter, unknown_types_are_dead_letters, a_crash_is_counted,
                doubles_are_recognised, a_slow_receiver_keeps_its_event, another_writers_events_are_read_by_its_schema;
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __bus_suite {
    ($subject:expr; $($module:ident: $($behaviour:ident),+;)+) => {
        $($(
            #[test]
            fn $behaviour() {
                if let Some(subject) = $subject {
                    let world = $crate::bus::suite::World::new(&subject, stringify!($behaviour));
                    $crate::bus::suite::$module::$behaviour(&world);
                }
            }
        )+)+
    };
}
