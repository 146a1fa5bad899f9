//! The end of an entry that cannot be delivered: [`dead_letter`].

use std::time::{Duration, Instant};

use super::LOG;
use super::parking;
use super::settings::{AckPolicy, RetryPolicy};
use super::shared::Shared;
use super::window::{Entry, Origin, Settlement, Stage};
use crate::bus::contract::error::BusError;
use crate::bus::contract::{Delivery, EntryId, EntryWrite};
use crate::bus::message::dead_letter::{DeadLetter, DeadLetterReason, ReceiverFailure};
use crate::random;
use crate::unheard;

/// Writes the dead letter of an entry and acknowledges it. With [`AckPolicy::Always`] there is none, and the entry is to be
/// acknowledged.
pub(super) fn dead_letter(
    shared: &Shared,
    entry: &mut Entry,
    letter: DeadLetter,
) -> Result<Settlement, BusError> {
    let counts = shared.counts();
    if shared.settings().ack_policy == AckPolicy::Always {
        counts.given_up.add(1);
        log(
            shared,
            &entry.delivery,
            &letter,
            "event failed and is acknowledged all the same (`ack_policy = always`)",
        );
        shared.events_failed(1);
        return Ok(Settlement::Done);
    }
    let written = match &entry.origin {
        Origin::Topic => shared.consumer().dead_letter(&entry.delivery, &letter),
        Origin::Store { id, others } => parking::dead_letter(shared, *id, others, &entry.delivery, &letter),
    };
    let number = match written {
        Ok(EntryWrite::Done(number)) => number,
        Ok(EntryWrite::Claimed) => {
            shared.entry_was_claimed(&entry.delivery.entry);
            return Ok(Settlement::Lost);
        }
        Ok(EntryWrite::NoGroup) => return Ok(Settlement::Lost),
        Err(error) => {
            // The original stays where it is until its letter is written.
            entry.stage = Stage::DeadLetter(letter);
            let at = retry_at(shared, &entry.delivery.entry, error, "cannot write a dead letter")?;
            return Ok(Settlement::Retry { at });
        }
    };
    if let Some(number) = number {
        shared.dead_letters_counted(number);
    }
    letter_written(shared, &entry.delivery, &letter);
    Ok(Settlement::DeadLettered)
}

/// A dead letter was written.
pub(super) fn letter_written(shared: &Shared, delivery: &Delivery, letter: &DeadLetter) {
    let counts = shared.counts();
    match letter.reason {
        // The last two never come from a consumer.
        DeadLetterReason::ReceiverFailed | DeadLetterReason::Operator | DeadLetterReason::Unpublishable => {
            &counts.dead
        }
        DeadLetterReason::Undecodable => &counts.undecodable,
        DeadLetterReason::UnknownType => &counts.unknown_types,
        DeadLetterReason::Crashed => &counts.crashed,
        DeadLetterReason::Outage => &counts.outages,
    }
    .add(1);
    shared.observers().tell(|observer| observer.dead_lettered(&shared.observed(), letter.reason));
    log(shared, delivery, letter, "event dead-lettered");
    // An event whose receivers failed has counted when its attempts were used up.
    if !matches!(letter.reason, DeadLetterReason::ReceiverFailed | DeadLetterReason::Outage) {
        shared.events_failed(1);
    }
}

/// An operation of the bus that an entry needs has failed: when the entry is retried, unless the consumer ends.
pub(super) fn retry_at(
    shared: &Shared,
    entry: &EntryId,
    error: BusError,
    what: &'static str,
) -> Result<Instant, BusError> {
    let is_transient = error.is_transient();
    tracing::error!(
        target: LOG,
        topic = %shared.topic(),
        %entry,
        %error,
        retrying = is_transient,
        "{what}"
    );
    if !is_transient {
        return Err(BusError::new(error.kind(), what).caused_by(error));
    }
    let backoff = RetryPolicy::new().initial_backoff(Duration::from_secs(1)).backoff(3, random::part());
    Ok(Instant::now() + backoff)
}

/// Logs an event that is given up, once, with what each of its receivers failed with.
fn log(shared: &Shared, delivery: &Delivery, letter: &DeadLetter, message: &'static str) {
    let each = |text: fn(&ReceiverFailure) -> Option<&str>| {
        let texts: Vec<_> = letter.failures.iter().filter_map(text).collect();
        (!texts.is_empty()).then(|| texts.join("; "))
    };
    tracing::error!(
        target: LOG,
        topic = %shared.topic(),
        group = shared.group(),
        entry = %delivery.entry,
        event_type = delivery.message.event_type().unwrap_or_default(),
        event_id = delivery.message.event_id(),
        reason = %letter.reason,
        receiver = each(|failure| failure.receiver.as_deref()),
        error = each(|failure| Some(&failure.error)),
        "{message}"
    );
    unheard::failure(format_args!("{message}: the entry {} of the topic {}", delivery.entry, shared.topic()));
}
