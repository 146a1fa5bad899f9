//! Who this process is: the `source` and `sourcehost` of the metadata it makes.

use std::env;
use std::fmt;
use std::sync::OnceLock;

static SOURCE: OnceLock<&'static str> = OnceLock::new();
static SOURCEHOST: OnceLock<String> = OnceLock::new();

/// Upstream's word for a service that has no name.
const UNSET: &str = "SERVICE_NAME_UNSET";

/// Names the service for the metadata of every event: the source becomes `openedx/<name>/web`, as upstream writes it.
///
/// Without a call the name is that of the environment: `EVENTS_SERVICE_NAME`, else `SERVICE_VARIANT`, else
/// `SERVICE_NAME_UNSET` with one warning in the log.
///
/// # Errors
///
/// The source is settled already: by another call, or because an event was sent.
pub fn set_service_name(name: &str) -> Result<(), SourceSettled> {
    set_source(web_source(name))
}

/// Sets the whole source, for a process that is not the `web` part of its service: `openedx/lms/worker`.
///
/// # Errors
///
/// The source is settled already: by another call, or because an event was sent.
pub fn set_source(source: impl Into<String>) -> Result<(), SourceSettled> {
    let source: &'static str = Box::leak(source.into().into_boxed_str());
    SOURCE.set(source).map_err(|refused| SourceSettled { refused: refused.to_owned() })
}

/// The source of this process, settled by the first look at it.
#[inline]
pub(crate) fn source() -> &'static str {
    SOURCE.get_or_init(from_environment)
}

/// The name of this host, asked for once.
#[inline]
pub(crate) fn sourcehost() -> &'static str {
    SOURCEHOST.get_or_init(|| gethostname::gethostname().to_string_lossy().into_owned())
}

#[cold]
fn from_environment() -> &'static str {
    let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
    let name = set("EVENTS_SERVICE_NAME").or_else(|| set("SERVICE_VARIANT")).unwrap_or_else(|| {
        tracing::warn!(
            "no service name: events are sent as `{UNSET}`; set EVENTS_SERVICE_NAME or call set_service_name"
        );
        UNSET.to_owned()
    });
    Box::leak(web_source(&name).into_boxed_str())
}

fn web_source(name: &str) -> String {
    format!("openedx/{name}/web")
}

/// The source was settled before it was set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSettled {
    refused: String,
}

impl fmt::Display for SourceSettled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the source is `{}` already and cannot become `{}`: set it once, before the first event is sent",
            source(),
            self.refused
        )
    }
}

impl std::error::Error for SourceSettled {}
