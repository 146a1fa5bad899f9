//! What the index tells of a parked event. See [`scripts::parked`](crate::bus::backends::redis::scripts::parked).

use std::str;

use ::redis::Value;

use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::reply;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::waiting_text;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::contract::{Delivery, ParkedEvent, ParkedId, Waiting};

/// Maximum number of events in a reply that lists them.
const PAGE: usize = 10_000;

/// What stands behind the id and the starts of an event that is parked.
pub(in crate::bus::backends::redis) fn info(delivery: &Delivery, waiting: &[Waiting]) -> String {
    let message = &delivery.message;
    let key = message.key_hash().map_or_else(|| "-".to_owned(), |key| format!("{key:x}"));
    format!("{key} {} {}", message.size(), waiting_text::write(waiting))
}

/// The event of a text in the index; `None` if it has another form.
pub(in crate::bus::backends::redis) fn read(text: &[u8]) -> Option<ParkedEvent> {
    let mut parts = str::from_utf8(text).ok()?.splitn(5, ' ');
    let mut next = || parts.next();
    let (id, starts, key, size) = (next()?, next()?, next()?, next()?);
    let key = if key == "-" { None } else { Some(u64::from_str_radix(key, 16).ok()?) };
    let waiting = waiting_text::read(next()?)?;
    let event = ParkedEvent::new(ParkedId::new(id.parse().ok()?), key, size.parse().ok()?, waiting);
    Some(event.started(starts.parse().ok()?))
}

/// The events in a reply that has texts of an index.
pub(in crate::bus::backends::redis) fn events(
    what: &str,
    index: &str,
    reply: Value,
) -> Result<Vec<ParkedEvent>, BusError> {
    let texts = reply::list(reply::checked(what, reply)?).into_iter().filter_map(reply::bytes);
    let read = |text: Vec<u8>| {
        read(&text).ok_or_else(|| {
            let text = format!(
                "{what}: `{index}` has `{}`, which is damaged or of a newer release (remove it, or use that release)",
                text.escape_ascii()
            );
            BusError::new(ErrorKind::Refused, text)
        })
    };
    texts.map(read).collect()
}

/// The events of an index behind `after`, or from the first one on. At most `max`.
pub(in crate::bus::backends::redis) fn list(
    link: &mut Link,
    what: &str,
    index: &str,
    after: Option<ParkedId>,
    max: usize,
) -> Result<Vec<ParkedEvent>, BusError> {
    let mut listed: Vec<ParkedEvent> = Vec::new();
    while listed.len() < max {
        let after = listed.last().map_or(after, |last| Some(last.id));
        let from = after.map_or_else(|| "-inf".to_owned(), |after| format!("({after}"));
        let count = (max - listed.len()).min(PAGE);
        let limit = count.to_string();
        let parts: [&[u8]; 8] = [
            b"ZRANGE",
            index.as_bytes(),
            from.as_bytes(),
            b"+inf",
            b"BYSCORE",
            b"LIMIT",
            b"0",
            limit.as_bytes(),
        ];
        let reply = reply::single(link.ask_again(what, &Request::of(&parts))?);
        let page = events(what, index, reply)?;
        let is_last = page.len() < count;
        listed.extend(page);
        if is_last {
            break;
        }
    }
    Ok(listed)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::bus::contract::EntryId;
    use crate::bus::message::{Header, Message};

    #[test]
    fn what_is_written_is_read_again() {
        let waiting = [
            Waiting::new("a::b", UNIX_EPOCH + Duration::from_millis(1_764_144_000_123)).after(3),
            Waiting::new("a receiver with \"spaces\"", UNIX_EPOCH),
        ];
        let message =
            |key: &'static str| Message { headers: vec![Header::new("partitionkey", key)], payload: None };
        for message in [message("key"), message("")] {
            let delivery = Delivery::new(EntryId::new("1-1"), message.clone());
            let text = format!("1764144000000000 2 {}", info(&delivery, &waiting));
            let event = read(text.as_bytes()).expect("an event");
            let id = ParkedId::new(1_764_144_000_000_000);
            let wanted = ParkedEvent::new(id, message.key_hash(), message.size() as u64, waiting.to_vec());
            assert_eq!(event, wanted.started(2));
        }
    }

    #[test]
    fn texts_of_another_form_are_no_events() {
        for text in ["", "1", "1 0 - 5", "1 0 - 5 []x", "1 0 x 5 []", "a 0 - 5 []", "1 0 - 5 [[1,2,3]]"] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
        assert!(read(b"1 0 - 5 []").is_some());
        assert_eq!(read(b"1 0 - 5 \xff"), None);
    }
}
