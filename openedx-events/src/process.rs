//! Whether this is still the process that something was made in: [`Process`].

use forkguard::Guard;

/// The process that something was made in. One that is forked from it has a copy, without the threads that work on it.
#[derive(Debug)]
pub(crate) struct Process(Option<Guard>);

impl Process {
    pub(crate) fn this() -> Self {
        // Where the system cannot tell, nothing is made of it: whoever forks there has to know.
        Self(Guard::try_new().ok())
    }

    /// Why a `thing` that this process has made does nothing in one that is forked from it.
    #[cfg(feature = "bus")]
    pub(crate) fn without_threads(thing: &str) -> String {
        format!(
            "this process was forked after the {thing} had started, and does not have its threads; start a {thing} in each \
             process, after the fork"
        )
    }

    /// Whether this is still that process. Costs a load.
    pub(crate) fn is_this(&self) -> bool {
        // A copy of the guard is asked, as it would tell only once.
        !self.0.clone().is_some_and(|mut guard| guard.detected_fork())
    }
}
