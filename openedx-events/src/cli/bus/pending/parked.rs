//! The parked events of a group, which are pending, too.

use std::io::Write;
use std::ops::ControlFlow;

use super::{Listed, Pending, Waiting, header};
use crate::bus::{Delivery, ParkedEvent, ParkedPlace, headers};
use crate::cli::bus::amount::{number, utc};
use crate::cli::bus::parked::pages;
use crate::cli::bus::topic::OpenTopic;
use crate::cli::outcome::Failure;

/// Prints the parked events of a group. Returns how many.
pub(super) fn list(
    command: &Pending,
    group: &str,
    open: &mut OpenTopic<'_>,
    out: &mut dyn Write,
) -> Result<u64, Failure> {
    let (mut found, mut has_more) = (Vec::new(), false);
    let limit = usize::try_from(command.limit()).unwrap_or(usize::MAX);
    pages::each(open, group, |place, event| {
        if found.len() == limit {
            has_more = true;
            return ControlFlow::Break(());
        }
        found.push((place, event));
        ControlFlow::Continue(())
    })?;
    open.clear_progress();
    let (mut rest, mut listed) = (found.as_slice(), 0);
    while !rest.is_empty() {
        let number = pages::number_at_a_time(rest.iter().map(|(_, event)| event.size));
        let (chunk, after) = rest.split_at(number);
        let places: Vec<_> = chunk.iter().map(|(place, _)| place.clone()).collect();
        let read = open.call(|bus, topic| pages::parked(bus)?.read(topic, group, &places))?;
        for ((place, event), delivery) in chunk.iter().zip(&read) {
            // One that is not there any more has run meanwhile.
            if let Some(delivery) = delivery {
                command.print(&of(group, place, event, delivery), out)?;
                listed += 1;
            }
        }
        rest = after;
    }
    if has_more {
        open.note(&format!("{group} has more parked events; pass a larger `--limit`"));
    }
    Ok(listed)
}

fn of(group: &str, place: &ParkedPlace, event: &ParkedEvent, delivery: &Delivery) -> Listed {
    let waiting = event.waiting.iter().map(|waiting| Waiting {
        receiver: waiting.receiver.clone(),
        runs: waiting.runs,
        since: utc(waiting.since),
        last_error: waiting.last_error.clone(),
    });
    Listed {
        group: group.to_owned(),
        state: "parked".to_owned(),
        entry: delivery.entry.to_string(),
        parked: Some(number(place.id.number())),
        consumer: place.consumer.clone(),
        idle_seconds: None,
        deliveries: None,
        event_type: header(delivery, headers::TYPE),
        event_id: header(delivery, headers::ID),
        waiting: waiting.collect(),
    }
}
