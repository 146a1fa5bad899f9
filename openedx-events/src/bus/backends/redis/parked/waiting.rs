//! What the server has of a parked event besides its message. See
//! [`scripts::parked`](crate::bus::backends::redis::scripts::parked).

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

/// What stands behind the id in the names of the fields of an event. The first field has none.
pub(in crate::bus::backends::redis) const SUFFIXES: [&str; 3] = [".payload", ".info", ".starts"];

/// The field `<id>.info` of an event that is parked.
pub(in crate::bus::backends::redis) fn info(delivery: &Delivery, waiting: &[Waiting]) -> String {
    let message = &delivery.message;
    let key = message.key_hash().map_or_else(|| "-".to_owned(), |key| format!("{key:x}"));
    format!("{key} {} {}", message.size(), waiting_text::write(waiting))
}

/// The event of an id, its starts and its info; `None` if they have another form.
fn read([id, starts, info]: [&[u8]; 3]) -> Option<ParkedEvent> {
    let number = |text| str::from_utf8(text).ok()?.parse().ok();
    let mut parts = str::from_utf8(info).ok()?.splitn(3, ' ');
    let mut next = || parts.next();
    let (key, size) = (next()?, next()?);
    let key = if key == "-" { None } else { Some(u64::from_str_radix(key, 16).ok()?) };
    let waiting = waiting_text::read(next()?)?;
    let event = ParkedEvent::new(ParkedId::new(number(id)?), key, size.parse().ok()?, waiting);
    Some(event.started(number(starts)?.try_into().ok()?))
}

/// The events in a reply that has ids, starts and infos, with the names of their hash and their index.
pub(in crate::bus::backends::redis) fn events(
    what: &str,
    names: (&str, &str),
    reply: Value,
) -> Result<Vec<ParkedEvent>, BusError> {
    let values: Vec<_> = reply::list(reply::checked(what, reply)?).into_iter().map(reply::bytes).collect();
    let event = |values: &[Option<Vec<u8>>]| {
        let value = |number: usize| values.get(number).and_then(Option::as_deref).unwrap_or_default();
        let [id, starts, info] = [0, 1, 2].map(value);
        read([id, starts, info]).ok_or_else(|| damaged(what, names, &id.escape_ascii().to_string()))
    };
    values.chunks(3).map(event).collect()
}

/// The number of an id in an index.
fn number(what: &str, index: &str, id: &str) -> Result<ParkedId, BusError> {
    id.parse().map(ParkedId::new).map_err(|_| {
        let text = format!("{what}: `{}` in `{index}` is no parked event (remove it)", id.escape_debug());
        BusError::new(ErrorKind::Refused, text)
    })
}

fn damaged(what: &str, (messages, index): (&str, &str), id: &str) -> BusError {
    let text = format!(
        "{what}: the field `{id}.info` or `{id}.starts` of `{messages}` is missing or damaged, or of a newer release (remove `{id}` from \
         `{index}`, or use that release)"
    );
    BusError::new(ErrorKind::Refused, text)
}

/// The ids in an index behind `after`, or from the first one on. At most `max`.
fn ids(
    link: &mut Link,
    what: &str,
    index: &str,
    after: Option<ParkedId>,
    max: usize,
) -> Result<Vec<String>, BusError> {
    let from = after.map_or_else(|| "-inf".to_owned(), |after| format!("({after}"));
    let limit = max.to_string();
    let parts: [&[u8]; 8] =
        [b"ZRANGE", index.as_bytes(), from.as_bytes(), b"+inf", b"BYSCORE", b"LIMIT", b"0", limit.as_bytes()];
    let reply = reply::single(link.ask_again(what, &Request::of(&parts))?);
    Ok(reply::list(reply::checked(what, reply)?).into_iter().filter_map(reply::text).collect())
}

/// Whether an index has an event.
pub(in crate::bus::backends::redis) fn has(
    link: &mut Link,
    what: &str,
    index: &str,
    id: ParkedId,
) -> Result<bool, BusError> {
    let before = id.number().checked_sub(1).map(ParkedId::new);
    Ok(ids(link, what, index, before, 1)?.contains(&id.to_string()))
}

/// The events of an index behind `after`, or from the first one on. At most `max`.
pub(in crate::bus::backends::redis) fn list(
    link: &mut Link,
    what: &str,
    (messages, index): (&str, &str),
    mut after: Option<ParkedId>,
    max: usize,
) -> Result<Vec<ParkedEvent>, BusError> {
    let mut listed: Vec<ParkedEvent> = Vec::new();
    while listed.len() < max {
        let count = (max - listed.len()).min(PAGE);
        let page = ids(link, what, index, after, count)?;
        let Some(last) = page.last() else { break };
        after = Some(number(what, index, last)?);
        listed.extend(of_ids(link, what, (messages, index), &page)?);
        if page.len() < count {
            break;
        }
    }
    Ok(listed)
}

/// The events with these ids. Not those that others have claimed since they were listed.
fn of_ids(
    link: &mut Link,
    what: &str,
    (messages, index): (&str, &str),
    ids: &[String],
) -> Result<Vec<ParkedEvent>, BusError> {
    let fields: Vec<_> = ids.iter().flat_map(|id| [format!("{id}.starts"), format!("{id}.info")]).collect();
    let mut parts = vec![&b"HMGET"[..], messages.as_bytes()];
    parts.extend(fields.iter().map(String::as_bytes));
    let reply = reply::single(link.ask_again(what, &Request::of(&parts))?);
    let mut values = reply::list(reply::checked(what, reply)?).into_iter().map(reply::bytes);
    let mut events = Vec::with_capacity(ids.len());
    for id in ids {
        let (starts, info) = (values.next().flatten(), values.next().flatten());
        let event = starts
            .as_deref()
            .zip(info.as_deref())
            .and_then(|(starts, info)| read([id.as_bytes(), starts, info]));
        if let Some(event) = event {
            events.push(event);
            continue;
        }
        if starts.is_some() || info.is_some() || has(link, what, index, number(what, index, id)?)? {
            return Err(damaged(what, (messages, index), id));
        }
    }
    Ok(events)
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
            let info = info(&delivery, &waiting);
            let event = read([b"1764144000000000", b"2", info.as_bytes()]).expect("an event");
            let id = ParkedId::new(1_764_144_000_000_000);
            let wanted = ParkedEvent::new(id, message.key_hash(), message.size() as u64, waiting.to_vec());
            assert_eq!(event, wanted.started(2));
        }
    }

    #[test]
    fn texts_of_another_form_are_no_events() {
        let of = |id: &str, starts: &str, info: &str| read([id, starts, info].map(str::as_bytes));
        for info in ["", "-", "- 5", "- 5 []x", "- x []", "x-y 5 []", "- 5 [[1,2,3]]"] {
            assert_eq!(of("1", "0", info), None, "{info}");
        }
        assert_eq!(
            (of("a", "0", "- 5 []"), of("1", "-1", "- 5 []"), of("1", "", "- 5 []")),
            (None, None, None)
        );
        assert!(of("1", "0", "- 5 []").is_some());
        assert_eq!(read([b"1", b"0", b"- 5 \xff"]), None);
    }
}
