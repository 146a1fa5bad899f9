//! Messages as the columns of a row, and back.
//!
//! Headers are one blob: for each its name and its value, either with its length before it. A length is written seven
//! bits a byte, the low ones first, the high bit set in all bytes but the last.

use std::borrow::Cow;

use rusqlite::types::ValueRef;

use crate::bus::message::headers::{
    EVENT_DATA, ID, MINORVERSION, PARTITION_KEY, SCHEMA_FINGERPRINT, SOURCE, SOURCEHOST, SOURCELIB, TIME,
    TRACEPARENT, TYPE,
};
use crate::bus::message::{Header, Message};

/// Writes headers over what is in `blob`.
pub(super) fn write_headers(headers: &[Header], blob: &mut Vec<u8>) {
    blob.clear();
    for part in headers.iter().flat_map(|header| [&header.name, &header.value]) {
        let mut length = part.len();
        while length >= 0x80 {
            blob.push(length.to_le_bytes()[0] | 0x80);
            length >>= 7;
        }
        blob.push(length.to_le_bytes()[0]);
        blob.extend_from_slice(part);
    }
}

/// The message of a row. Headers that cannot be read become one header `damaged_headers`, so that the message becomes a
/// dead letter with everything it had, and holds up nobody.
pub(super) fn message(headers: ValueRef<'_>, payload: ValueRef<'_>) -> Message {
    let headers = bytes(headers).unwrap_or_default();
    let headers = read_headers(headers).unwrap_or_else(|| {
        vec![Header { name: Cow::Borrowed(b"damaged_headers"), value: Cow::Owned(headers.to_vec()) }]
    });
    Message { headers, payload: bytes(payload).map(<[u8]>::to_vec) }
}

fn bytes(value: ValueRef<'_>) -> Option<&[u8]> {
    match value {
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => Some(bytes),
        ValueRef::Null | ValueRef::Integer(_) | ValueRef::Real(_) => None,
    }
}

fn read_headers(mut blob: &[u8]) -> Option<Vec<Header>> {
    let mut headers = Vec::with_capacity(10);
    while !blob.is_empty() {
        let name = name(part(&mut blob)?);
        headers.push(Header { name, value: Cow::Owned(part(&mut blob)?.to_vec()) });
    }
    Some(headers)
}

fn part<'b>(blob: &mut &'b [u8]) -> Option<&'b [u8]> {
    let mut length = 0_usize;
    for shift in (0..usize::BITS).step_by(7) {
        let byte = *blob.split_off_first()?;
        let bits = usize::from(byte & 0x7f);
        length |= bits.checked_shl(shift).filter(|shifted| shifted >> shift == bits)?;
        if byte & 0x80 == 0 {
            return blob.split_off(..length);
        }
    }
    None
}

/// The name, without a copy if it is a usual one.
fn name(name: &[u8]) -> Cow<'static, [u8]> {
    const USUAL: [&str; 11] = [
        TYPE,
        ID,
        SOURCE,
        TIME,
        MINORVERSION,
        SOURCEHOST,
        SOURCELIB,
        SCHEMA_FINGERPRINT,
        PARTITION_KEY,
        TRACEPARENT,
        EVENT_DATA,
    ];
    let usual = USUAL.into_iter().find(|usual| usual.as_bytes() == name);
    usual.map_or_else(|| Cow::Owned(name.to_vec()), |usual| Cow::Borrowed(usual.as_bytes()))
}

/// The [hash](Message::key_hash) of the key of a message; 0 if it has none.
pub(super) fn key(message: &Message) -> u64 {
    message.key_hash().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(name: &[u8], value: &[u8]) -> Header {
        Header { name: Cow::Owned(name.to_vec()), value: Cow::Owned(value.to_vec()) }
    }

    #[test]
    fn headers_come_back_byte_for_byte() {
        let long = vec![0xff; 70_000];
        let headers = vec![
            Header::new(TYPE, "org.example.house.door.shut.v1"),
            header(b"", b""),
            header(b"\xff\x00", &[0x80; 128]),
            header(b"type", &long),
            header(&long, &[0; 127]),
        ];
        let mut blob = b"what was there before".to_vec();
        write_headers(&headers, &mut blob);
        let message = message(ValueRef::Blob(&blob), ValueRef::Null);
        assert_eq!(message, Message { headers, payload: None });
    }

    #[test]
    fn damaged_headers_are_kept_as_they_are() {
        let mut whole = Vec::new();
        write_headers(&[header(b"name", b"value"), header(b"other", &[1; 200])], &mut whole);
        let first = 11;
        for length in (1..whole.len()).filter(|length| *length != first) {
            let damaged = whole.get(..length).unwrap_or_default();
            let message = message(ValueRef::Blob(damaged), ValueRef::Blob(b"payload"));
            assert_eq!(message.headers, [header(b"damaged_headers", damaged)], "{length}");
            assert_eq!(message.payload.as_deref(), Some(b"payload".as_slice()));
        }
        for damaged in [[0xff; 12].as_slice(), &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]]
        {
            assert_eq!(read_headers(damaged), None);
        }
    }
}
