//! A response that a step has made: [`HttpResponse`].

use std::fmt;

/// An HTTP response that a step has made, which the caller sends in place of its own page. It is what an `HttpResponse` is
/// upstream.
///
/// `Debug` shows the status, the names of the headers and the length of the body, as the rest may be personal.
///
/// # Examples
///
/// ```
/// use openedx_events::filters::HttpResponse;
///
/// let response = HttpResponse::new(403, "Members only").header("Content-Type", "text/plain");
/// assert_eq!(response.body, b"Members only");
/// assert_eq!(format!("{response:?}"), r#"HttpResponse { status: 403, headers: ["Content-Type"], body: <12 bytes> }"#);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// The names and values of the headers, in their order.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// A response without headers.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("headers", &names)
            .field("body", &format_args!("<{} bytes>", self.body.len()))
            .finish()
    }
}
