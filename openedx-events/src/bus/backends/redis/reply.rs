//! Replies of the server, taken apart without copying: values are large, and there are many.

use std::borrow::Cow;
use std::str;

use ::redis::Value;

use super::failure;
use super::stream_id::StreamId;
use crate::bus::contract::Delivery;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::message::headers::EVENT_DATA;
use crate::bus::message::{Header, Message};

/// The code of an error reply.
pub(super) fn code(reply: &Value) -> Option<&str> {
    match reply {
        Value::ServerError(error) => Some(error.code()),
        _ => None,
    }
}

/// The reply, or an error if it is one.
pub(super) fn checked(what: &str, reply: Value) -> Result<Value, BusError> {
    match reply {
        Value::ServerError(error) => Err(failure::refused(what, &error)),
        reply => Ok(reply),
    }
}

/// The reply to the only command.
pub(super) fn single(replies: Vec<Value>) -> Value {
    replies.into_iter().next().unwrap_or(Value::Nil)
}

pub(super) fn list(value: Value) -> Vec<Value> {
    match value {
        Value::Array(values) => values,
        _ => Vec::new(),
    }
}

pub(super) fn bytes(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::BulkString(bytes) => Some(bytes),
        Value::SimpleString(text) => Some(text.into_bytes()),
        _ => None,
    }
}

pub(super) fn text(value: Value) -> Option<String> {
    String::from_utf8(bytes(value)?).ok()
}

pub(super) fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Int(number) => Some(*number),
        Value::BulkString(bytes) => str::from_utf8(bytes).ok()?.parse().ok(),
        _ => None,
    }
}

/// A number that is not negative.
pub(super) fn count(value: &Value) -> Option<u64> {
    u64::try_from(number(value)?).ok()
}

pub(super) fn ids(value: Value) -> Vec<StreamId> {
    list(value).into_iter().filter_map(id).collect()
}

pub(super) fn id(value: Value) -> Option<StreamId> {
    StreamId::parse(&bytes(value)?)
}

/// Names and values in turn, as `XINFO` and `HELLO` reply them.
pub(super) struct Fields(Vec<(Vec<u8>, Value)>);

impl Fields {
    pub(super) fn of(value: Value) -> Self {
        let mut values = list(value).into_iter();
        let mut fields = Vec::new();
        while let (Some(name), Some(value)) = (values.next(), values.next()) {
            fields.extend(bytes(name).map(|name| (name, value)));
        }
        Self(fields)
    }

    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(each, _)| each == name.as_bytes())?;
        Some(self.0.swap_remove(at).1)
    }

    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        text(self.take(name)?)
    }

    pub(super) fn number(&mut self, name: &str) -> Option<i64> {
        number(&self.take(name)?)
    }

    /// A number that is not negative.
    pub(super) fn count(&mut self, name: &str) -> Option<u64> {
        count(&self.take(name)?)
    }

    pub(super) fn id(&mut self, name: &str) -> Option<StreamId> {
        id(self.take(name)?)
    }
}

/// An entry of a stream: its message, or `None` if it was trimmed.
pub(super) type Entry = (StreamId, Option<Message>);

/// The entries in a reply that lists them.
pub(super) fn entries(value: Value) -> Result<Vec<Entry>, BusError> {
    match value {
        Value::Array(values) => {
            values.into_iter().map(|value| entry(value).ok_or_else(unknown_form)).collect()
        }
        Value::Nil => Ok(Vec::new()),
        _ => Err(unknown_form()),
    }
}

/// The entries in a reply that lists streams with their entries. There is one stream, or none if there is nothing new.
pub(super) fn stream_entries(value: Value) -> Result<Vec<Entry>, BusError> {
    let streams = match value {
        Value::Nil => return Ok(Vec::new()),
        Value::Array(streams) => streams,
        _ => return Err(unknown_form()),
    };
    let Some(stream) = streams.into_iter().next() else { return Ok(Vec::new()) };
    entries(list(stream).into_iter().nth(1).ok_or_else(unknown_form)?)
}

fn unknown_form() -> BusError {
    BusError::new(ErrorKind::Unsupported, "the Redis server replied with entries of an unknown form")
}

fn entry(value: Value) -> Option<Entry> {
    let mut parts = list(value).into_iter();
    let (id, fields) = (id(parts.next()?)?, parts.next()?);
    match fields {
        Value::Array(fields) => Some((id, Some(message(fields)?))),
        Value::Nil => Some((id, None)),
        _ => None,
    }
}

/// Names and values in turn. One of them is the payload, the others are headers.
fn message(fields: Vec<Value>) -> Option<Message> {
    // An entry with a field that names the payload a second time keeps the first one as a header, and so all its bytes.
    let mut headers: Vec<Header> = Vec::with_capacity(fields.len() / 2);
    let mut payload = None;
    let mut fields = fields.into_iter();
    while let (Some(name), Some(value)) = (fields.next(), fields.next()) {
        let (name, value) = (bytes(name)?, bytes(value)?);
        if name == EVENT_DATA.as_bytes() {
            if let Some(earlier) = payload.replace(value) {
                headers
                    .push(Header { name: Cow::Borrowed(EVENT_DATA.as_bytes()), value: Cow::Owned(earlier) });
            }
        } else {
            headers.push(Header { name: Cow::Owned(name), value: Cow::Owned(value) });
        }
    }
    Some(Message { headers, payload })
}

/// The delivery of an entry that exists.
pub(super) fn delivery(id: StreamId, message: Message, is_redelivered: bool) -> Delivery {
    Delivery::new(id.into(), message).redelivered(is_redelivered)
}
