//! The macros in surroundings that would break less careful ones: names shadowed, crates renamed, older editions, strict
//! lints, `macro_rules!`, function bodies.

// Each module stands for a user's crate.
#![allow(unreachable_pub, clippy::unnecessary_wraps, clippy::unused_async)]

mod attributes;
mod in_function;
mod in_macro_rules;
mod names;
mod other_crates;
mod shadowed;
mod shadowed_locals;
mod visibility;

/// The names of a module's own receivers among those that an event met: some listen to every event.
fn own_receivers(responses: &openedx_events::Responses, module: &str) -> Vec<String> {
    let paths = responses.iter().map(|response| response.receiver.path.to_string());
    paths.filter_map(|path| Some(path.strip_prefix(module)?.strip_prefix("::")?.to_owned())).collect()
}
