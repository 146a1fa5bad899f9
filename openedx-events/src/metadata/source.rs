//! The `source` and `sourcehost` of the metadata that this process makes.

use std::env;
use std::fmt;
use std::sync::OnceLock;

use crate::chain::debug_like_display;

static SOURCE: OnceLock<String> = OnceLock::new();
/// Of a process that has not sent anything yet.
static SOURCE_OF_READER: OnceLock<String> = OnceLock::new();
static SOURCEHOST: OnceLock<String> = OnceLock::new();

/// Upstream's name for a service without a name.
const UNSET: &str = "SERVICE_NAME_UNSET";

/// Names the service for the metadata of every event: the source becomes `openedx/<name>/web`, as upstream writes it.
///
/// Without a call the name is the environment variable `EVENTS_SERVICE_NAME`, otherwise `SERVICE_VARIANT`, otherwise
/// `SERVICE_NAME_UNSET`, and a warning is logged once.
///
/// # Errors
///
/// The source cannot change any more: it was set before, or an event was sent.
pub fn set_service_name(name: &str) -> Result<(), SetSourceError> {
    set_source(web_source(name))
}

/// Sets the whole source, for a process that is not the `web` part of its service: `openedx/lms/worker`.
///
/// # Errors
///
/// The source cannot change any more: it was set before, or an event was sent.
pub fn set_source(source: impl Into<String>) -> Result<(), SetSourceError> {
    SOURCE.set(source.into()).map_err(|refused| SetSourceError { refused })
}

/// The source of this process. The first call fixes it.
#[inline]
pub(crate) fn source() -> &'static str {
    SOURCE.get().map_or_else(from_environment, String::as_str)
}

/// The source that this process has or would have. Does not fix it, and does not warn.
pub(crate) fn source_of_reader() -> &'static str {
    let unsent = || SOURCE_OF_READER.get_or_init(|| web_source(&name().unwrap_or_else(|| UNSET.to_owned())));
    SOURCE.get().unwrap_or_else(unsent)
}

/// [`source_of_reader`], or `None` if the service has no name.
#[cfg(feature = "cli")]
pub(crate) fn named_source_of_reader() -> Option<&'static str> {
    Some(source_of_reader()).filter(|source| **source != web_source(UNSET))
}

/// The name of this host. Read once.
#[inline]
pub(crate) fn sourcehost() -> &'static str {
    SOURCEHOST.get_or_init(hostname)
}

#[cfg(any(unix, windows))]
fn hostname() -> String {
    gethostname::gethostname().to_string_lossy().into_owned()
}

/// WebAssembly has no host that it could name.
#[cfg(not(any(unix, windows)))]
fn hostname() -> String {
    "unknown".to_owned()
}

#[cold]
fn from_environment() -> &'static str {
    let name = name();
    let mut is_new = false;
    let source = SOURCE.get_or_init(|| {
        is_new = true;
        web_source(name.as_deref().unwrap_or(UNSET))
    });
    // Behind the lock: what takes the log may send events itself.
    if is_new && name.is_none() {
        tracing::warn!(
            "no service name: events are sent as `{UNSET}`; set EVENTS_SERVICE_NAME or call set_service_name"
        );
    }
    source
}

/// The name of the service in the environment. What is read from a file may end in a line break.
fn name() -> Option<String> {
    let set = |name| Some(env::var(name).ok()?.trim().to_owned()).filter(|value| !value.is_empty());
    set("EVENTS_SERVICE_NAME").or_else(|| set("SERVICE_VARIANT"))
}

fn web_source(name: &str) -> String {
    format!("openedx/{name}/web")
}

/// The source cannot be set any more: it was set before, or an event was sent.
#[derive(Clone, PartialEq, Eq)]
pub struct SetSourceError {
    refused: String,
}

impl fmt::Display for SetSourceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the source is already `{}` and cannot become `{}`: set it once, before the first event is sent",
            source(),
            self.refused
        )
    }
}

debug_like_display!(SetSourceError);

impl std::error::Error for SetSourceError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_source_reads_the_same_in_debug() {
        let error = SetSourceError { refused: "openedx/b/web".to_owned() };
        assert_eq!(format!("{error:?}"), error.to_string());
        assert!(
            error
                .to_string()
                .ends_with("cannot become `openedx/b/web`: set it once, before the first event is sent")
        );
    }
}
