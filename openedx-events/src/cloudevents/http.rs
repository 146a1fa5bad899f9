//! CloudEvents over HTTP: [`to_http`].

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};

use super::write::{check, dotted, redacts};
use super::{CloudEventError, SPECVERSION};
use crate::isoformat::format_utc;
use crate::signal::event::AnyEvent;
use crate::{EventsMetadata, PersonalData};

/// The media type of an event in structured mode, whose body [`to_json`](super::to_json) writes.
pub const STRUCTURED: &str = "application/cloudevents+json; charset=UTF-8";

/// An event in the binary mode of the [HTTP protocol binding]: the metadata are headers, and the data are the body.
///
/// [HTTP protocol binding]: https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpEvent {
    /// The headers in order: `content-type`, and the attributes with the prefix `ce-`. Values are printable ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// The data as one line of JSON.
    pub body: String,
}

/// Without the data, which may be personal.
impl std::fmt::Debug for HttpEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpEvent").field("headers", &self.headers).finish_non_exhaustive()
    }
}

/// Writes an event and its metadata as an HTTP request or response in binary mode. The attributes are those of
/// [`to_json`](super::to_json).
///
/// # Errors
///
/// Those of [`to_json`](super::to_json).
///
/// # Examples
///
/// ```
/// use openedx_events::{PersonalData, cloudevents, signal};
///
/// /// Sent when a cuckoo has called.
/// #[signal("org.example.house.cuckoo.called.v1")]
/// pub struct CuckooCalled {
///     pub times: i64,
/// }
///
/// let metadata = CUCKOO_CALLED.generate_metadata().with_sourcehost("the hall");
/// let http = cloudevents::to_http(&CuckooCalled { times: 12 }, &metadata, PersonalData::Keep)?;
/// assert_eq!(http.body, r#"{"times":12}"#);
/// assert!(http.headers.contains(&("ce-type", "org.example.house.cuckoo.called.v1".to_owned())));
/// assert!(http.headers.contains(&("ce-sourcehost", "the%20hall".to_owned())));
/// # Ok::<(), cloudevents::CloudEventError>(())
/// ```
pub fn to_http(
    event: &dyn AnyEvent,
    metadata: &EventsMetadata,
    personal: PersonalData,
) -> Result<HttpEvent, CloudEventError> {
    check(event, metadata)?;
    let body = event.to_json(personal).map_err(|error| CloudEventError::at("data", error.to_string()))?;
    let time = format_utc(metadata.time()).map_err(|error| CloudEventError::at("time", error.to_string()))?;
    let mut headers = vec![
        ("content-type", "application/json".to_owned()),
        ("ce-specversion", SPECVERSION.to_owned()),
        ("ce-type", encoded(metadata.event_type())),
        ("ce-id", metadata.id().to_string()),
        ("ce-source", encoded(metadata.source())),
        ("ce-time", encoded(&time)),
        ("ce-minorversion", metadata.minorversion().to_string()),
    ];
    if !metadata.sourcehost().is_empty() {
        headers.push(("ce-sourcehost", encoded(metadata.sourcehost())));
    }
    if !metadata.sourcelib().is_empty() {
        headers.push(("ce-sourcelib", dotted(metadata.sourcelib())));
    }
    if redacts(event, personal) {
        headers.push(("ce-redacted", "true".to_owned()));
    }
    Ok(HttpEvent { headers, body })
}

/// What the binding has encoded in the value of a header, beside all that is not ASCII.
const IN_HEADERS: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%');

/// The value of a header.
fn encoded(text: &str) -> String {
    utf8_percent_encode(text, IN_HEADERS).to_string()
}

#[cfg(test)]
mod tests {
    use super::encoded;

    /// The first one is the example of the specification.
    #[test]
    fn values_are_encoded_as_the_binding_says() {
        for (text, expected) in [
            ("Euro € 😀", "Euro%20%E2%82%AC%20%F0%9F%98%80"),
            ("/mycontext/subcontext", "/mycontext/subcontext"),
            ("2018-04-05T03:56:24Z", "2018-04-05T03:56:24Z"),
            ("100% \"sure\"\r\n", "100%25%20%22sure%22%0D%0A"),
            ("!#$&'()*+,-./:;<=>?@[\\]^_`{|}~", "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"),
            ("\u{7f}", "%7F"),
        ] {
            assert_eq!(encoded(text), expected, "{text:?}");
        }
    }
}
