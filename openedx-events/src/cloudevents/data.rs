//! The data of a CloudEvent: [`data`].

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::value::RawValue;

use super::CloudEventError;
use super::content_type::ContentType;
use super::members::{DATA, DATA_BASE64, Members};
use crate::text_file::without_mark;

/// Returns the JSON text of the data, which are in `data`, or as base64 in `data_base64`.
pub(super) fn data<'a>(
    members: &mut Members<'a>,
    content_type: &ContentType,
) -> Result<Cow<'a, str>, CloudEventError> {
    match (members.data, members.data_base64.take()) {
        (Some(data), None) => Ok(Cow::Borrowed(data.get())),
        // `null` is a value of JSON, but no event.
        (Some(data), Some(text)) if data.get() == "null" => binary(&text, content_type).map(Cow::Owned),
        (None, Some(text)) => binary(&text, content_type).map(Cow::Owned),
        (Some(_), Some(_)) => {
            Err(CloudEventError::at(DATA_BASE64, "given beside `data`: remove one of the two"))
        }
        (None, None) => Err(CloudEventError::at(DATA, "missing: give the event's fields here, as an object")),
    }
}

/// The JSON text in base64. No error shows any of it, as it may be personal.
fn binary(text: &str, content_type: &ContentType) -> Result<String, CloudEventError> {
    content_type.check_charset()?;
    let invalid = |reason: String| CloudEventError::at(DATA_BASE64, reason);
    let bytes = BASE64.decode(text).map_err(|_| invalid("not base64 with padding".to_owned()))?;
    let json = String::from_utf8(bytes).map_err(|error| {
        invalid(format!("not JSON: byte {} is not UTF-8", error.utf8_error().valid_up_to()))
    })?;
    let json = without_mark(&json);
    serde_json::from_str::<&RawValue>(json).map_err(|error| invalid(format!("not JSON: {error}")))?;
    Ok(json.to_owned())
}
