//! Test scopes: what is live inside, what they record, and their isolation from each other.

#![expect(clippy::unused_async, reason = "how a receiver is called is tested, not what it waits for")]

mod choosing;
mod dropped_guard;
mod failures;
mod isolation;
mod own;
mod places;
mod recording;
mod spawned;
mod unheard;
