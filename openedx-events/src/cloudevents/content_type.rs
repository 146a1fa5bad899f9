//! The media type of the data: [`ContentType`].

use super::CloudEventError;
use super::members::Members;

const NAME: &str = "datacontenttype";

/// A media type of JSON, which is the type of data without one.
pub(super) struct ContentType {
    text: Option<String>,
}

impl ContentType {
    /// Removes the attribute. CloudEvents defines JSON as a subtype that is `json` or ends in `+json`.
    pub(super) fn take(members: &mut Members<'_>) -> Result<Self, CloudEventError> {
        let text = members.take_text(NAME)?;
        let content_type = Self { text };
        match &content_type.text {
            Some(text) if !content_type.is_json() => {
                let text = text.escape_debug();
                let reason = format!("content type `{text}` is not supported, only `application/json`");
                Err(CloudEventError::at(NAME, reason))
            }
            _ => Ok(content_type),
        }
    }

    /// Checks that bytes of this type are UTF-8, as JSON is unless a parameter says otherwise.
    pub(super) fn check_charset(&self) -> Result<(), CloudEventError> {
        let other = self.parameters().find(|(name, value)| {
            let is_utf8 = ["utf-8", "utf8", "us-ascii"].iter().any(|known| value.eq_ignore_ascii_case(known));
            name.eq_ignore_ascii_case("charset") && !is_utf8
        });
        let Some((_, charset)) = other else { return Ok(()) };
        let charset = charset.escape_debug();
        let reason = format!("the charset `{charset}` of binary data is not supported, only `utf-8`");
        Err(CloudEventError::at(NAME, reason))
    }

    fn is_json(&self) -> bool {
        let media_type = self.parts().next().unwrap_or_default().trim().to_ascii_lowercase();
        let is_json =
            |(main, sub): (&str, &str)| !main.is_empty() && (sub == "json" || sub.ends_with("+json"));
        media_type.split_once('/').is_some_and(is_json)
    }

    fn parameters(&self) -> impl Iterator<Item = (&str, &str)> {
        let parameters = self.parts().skip(1).filter_map(|parameter| parameter.split_once('='));
        parameters.map(|(name, value)| (name.trim(), value.trim().trim_matches('"')))
    }

    fn parts(&self) -> impl Iterator<Item = &str> {
        self.text.as_deref().unwrap_or_default().split(';')
    }
}
