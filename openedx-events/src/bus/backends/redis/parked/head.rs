//! A parked message without its payload, as bytes: its entry and its headers.
//!
//! The payload has a field of its own, so that no value is larger than one of the entry was.

use std::borrow::Cow;

use ::redis::Value;

use crate::bus::backends::redis::reply;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Delivery, EntryId, ParkedId};
use crate::bus::message::{Header, Message};

/// The first byte, in case there is another form one day.
const VERSION: u8 = 1;
/// The message has a payload. One without is not one with an empty payload.
const HAS_PAYLOAD: u8 = 1;
const IS_REDELIVERED: u8 = 2;

/// Version, flags, and the entry, the names and the values of the headers, each behind its length.
pub(in crate::bus::backends::redis) fn write(delivery: &Delivery) -> Vec<u8> {
    let Delivery { entry, message, is_redelivered, .. } = delivery;
    let mut flags = 0;
    if message.payload.is_some() {
        flags |= HAS_PAYLOAD;
    }
    if *is_redelivered {
        flags |= IS_REDELIVERED;
    }
    let headers: usize =
        message.headers.iter().map(|header| header.name.len() + header.value.len() + 8).sum();
    let mut bytes = Vec::with_capacity(headers + entry.as_str().len() + 6);
    bytes.extend([VERSION, flags]);
    let mut part = |part: &[u8]| {
        // No part is longer: the server takes no value of more than 4 GiB.
        bytes.extend(u32::try_from(part.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend_from_slice(part);
    };
    part(entry.as_str().as_bytes());
    for header in &message.headers {
        part(&header.name);
        part(&header.value);
    }
    bytes
}

/// The event again; `None` if the bytes have another form.
pub(in crate::bus::backends::redis) fn read(bytes: &[u8], payload: Vec<u8>) -> Option<Delivery> {
    let (&[version, flags], mut rest) = bytes.split_first_chunk()?;
    if version != VERSION {
        return None;
    }
    let entry = String::from_utf8(part(&mut rest)?.to_vec()).ok()?;
    let mut headers = Vec::new();
    while !rest.is_empty() {
        let (name, value) = (part(&mut rest)?, part(&mut rest)?);
        headers.push(Header { name: Cow::Owned(name.to_vec()), value: Cow::Owned(value.to_vec()) });
    }
    let payload = (flags & HAS_PAYLOAD != 0).then_some(payload);
    let delivery = Delivery::new(EntryId::new(entry), Message { headers, payload });
    Some(delivery.redelivered(flags & IS_REDELIVERED != 0))
}

/// The event of a reply that has both its fields.
pub(in crate::bus::backends::redis) fn delivery(
    what: &str,
    (messages, index): (&str, &str),
    id: ParkedId,
    fields: Value,
) -> Result<Delivery, BusError> {
    let mut values = reply::list(fields).into_iter().map(reply::bytes);
    let (head, payload) = (values.next().flatten(), values.next().flatten());
    head.zip(payload).and_then(|(head, payload)| read(&head, payload)).ok_or_else(|| {
        let text = format!(
            "{what}: the field `{id}` of `{messages}` is missing or damaged, or of a newer release (remove it, and `{id}` from \
             `{index}`, or use that release)"
        );
        BusError::new(ErrorKind::Refused, text)
    })
}

fn part<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (length, behind) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (part, behind) = behind.split_at_checked(length)?;
    *rest = behind;
    Some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delivery(payload: Option<Vec<u8>>) -> Delivery {
        let headers = vec![
            Header::new("type", "a"),
            Header::new("type", ""),
            Header { name: Cow::Borrowed(b"\xff"), value: Cow::Borrowed(b"\0") },
        ];
        Delivery::new(EntryId::new("5-1"), Message { headers, payload })
    }

    #[test]
    fn what_is_written_is_read_again() {
        for payload in [None, Some(Vec::new()), Some(vec![0, 255])] {
            for is_redelivered in [false, true] {
                let delivery = delivery(payload.clone()).redelivered(is_redelivered);
                let read = read(&write(&delivery), payload.clone().unwrap_or_default()).expect("a message");
                assert_eq!((read.entry, read.message), (delivery.entry, delivery.message));
                assert_eq!(read.is_redelivered, is_redelivered);
            }
        }
    }

    #[test]
    fn damaged_bytes_are_no_message() {
        let bytes = write(&delivery(None));
        let ends: Vec<_> =
            (0..bytes.len()).filter(|end| read(&bytes[..*end], Vec::new()).is_some()).collect();
        // Behind the entry, and behind each header.
        assert_eq!(ends.len(), 3, "{ends:?}");
        assert!(read(&[&[9][..], &bytes[1..]].concat(), Vec::new()).is_none(), "another version");
        assert!(read(&[1, 0, 255, 255, 255, 255, 0], Vec::new()).is_none());
    }
}
