//! Guards that are dropped in the statement that makes them, as in `let _ = …`. They are recognized when something follows
//! that they were meant for; what follows is then logged with the place where the guard was made.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;
use std::thread;
use std::time::Duration;

use crate::clock::Instant;
use crate::unheard;

/// How long a guard lives at most if it is dropped in its statement. Far longer than that takes, as the system may interrupt
/// the thread, and too short to wait for anything.
const AT_ONCE: Duration = Duration::from_millis(10);

/// Where and when a guard was made.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Made {
    pub(crate) location: &'static Location<'static>,
    at: Instant,
}

impl Made {
    pub(crate) fn new(location: &'static Location<'static>) -> Self {
        Self { location, at: Instant::now() }
    }

    /// Whether a guard that is dropped now is dropped at once. While a thread panics, its guards end early.
    pub(crate) fn is_at_once(&self) -> bool {
        self.at.elapsed() < AT_ONCE && !thread::panicking()
    }
}

/// A connection that was dropped at once, before its closure was called.
#[derive(Clone, Debug)]
pub(crate) struct DroppedConnection {
    pub(crate) name: Cow<'static, str>,
    pub(crate) location: &'static Location<'static>,
    is_logged: bool,
}

impl fmt::Display for DroppedConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`{}`, connected at {}, was disconnected before it was ever called: bind the `Connection` to a name, or call \
             `keep()` on it",
            self.name, self.location
        )
    }
}

/// The connections of one signal that were dropped at once, one for each place. A place that connects again, and keeps its
/// connection, is forgotten.
#[derive(Clone, Debug, Default)]
pub(crate) struct DroppedConnections(Vec<DroppedConnection>);

impl DroppedConnections {
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    pub(crate) fn add(&mut self, name: Cow<'static, str>, location: &'static Location<'static>) {
        if !self.0.iter().any(|each| each.location == location) {
            self.0.push(DroppedConnection { name, location, is_logged: false });
        }
    }

    /// Forgets the places of connections that are there.
    pub(crate) fn retain_without(&mut self, is_connected: impl Fn(&'static Location<'static>) -> bool) {
        self.0.retain(|each| !is_connected(each.location));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &DroppedConnection> {
        self.0.iter()
    }

    /// Those that are not logged yet, and are to be logged now.
    pub(crate) fn take_unlogged(&mut self) -> Vec<DroppedConnection> {
        let unlogged = self.0.iter_mut().filter(|each| !each.is_logged);
        unlogged
            .map(|each| {
                each.is_logged = true;
                each.clone()
            })
            .collect()
    }
}

/// Logs connections that were dropped at once, when an event is sent that they were meant for.
#[cold]
pub(crate) fn log(event_type: &'static str, connections: &[DroppedConnection]) {
    for DroppedConnection { name, location, .. } in connections {
        tracing::warn!(
            event_type,
            connection = &**name,
            %location,
            "a connection was dropped at once, before its closure was ever called: bind it to a name, or call `keep()` on it"
        );
    }
    for each in connections {
        unheard::mistake(format_args!("{event_type}: {each}"));
    }
}

/// Which guard of a test scope was dropped at once.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ScopeGuard {
    Scope,
    Entered,
}

/// Logs that what follows a test scope runs outside of it.
#[cold]
pub(crate) fn log_scope(guard: ScopeGuard, location: &'static Location<'static>) {
    match guard {
        ScopeGuard::Scope => {
            tracing::warn!(%location, "a test scope ended at once, before anything was sent in it: bind it to a name such as `_scope`");
            unheard::mistake(format_args!(
                "the test scope of {location} ended before anything was sent in it: bind it to a name such as `_scope`"
            ));
        }
        ScopeGuard::Entered => {
            tracing::warn!(%location, "a test scope was left at once, before anything was sent in it: bind the guard to a name such as `_guard`");
            unheard::mistake(format_args!(
                "the test scope that was entered at {location} was left before anything was sent in it: bind the guard to a \
                 name such as `_guard`"
            ));
        }
    }
}
