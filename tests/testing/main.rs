//! Test scopes: what is live inside, what they keep, and that nothing of one is seen in another.

#![expect(clippy::unused_async, reason = "how a receiver is called is tested, not what it waits for")]

mod choosing;
mod failures;
mod isolation;
mod own;
mod places;
mod recording;
mod spawned;
