//! Nothing is repeated without a cause.
//!
//! An entry is delivered again only if the process that had it has released or parked it, has ended without having acknowledged
//! it, or could not say that it still had it. Once it is parked, it comes from the store alone. And each delivery runs a receiver
//! once; a receiver that was done when the event was parked runs no more.

use std::collections::BTreeMap;

use super::Order;
use super::spans::{self, Spans, of_bus};
use crate::event::RECEIVERS;
use crate::history::{Delivery, History, Moment, Parking};
use crate::log::Life;

pub(super) fn check(history: &History, order: Order, problems: &mut Vec<String>) {
    let members = history.lives.keys().map(Life::member);
    let faults: BTreeMap<&str, Spans> =
        members.map(|member| (member, of_bus(history, order).and(&spans::faults(history, member)))).collect();
    let mut last: BTreeMap<(&str, &str), &Delivery> = BTreeMap::new();
    for delivery in &history.deliveries {
        if let Some(before) = last.insert((&delivery.group, &delivery.entry), delivery)
            && let Err(why) = cause(history, before, delivery, &faults)
        {
            let Delivery { number, entry, life, moment, .. } = delivery;
            problems.push(format!(
                "repeated: event {number}, entry {entry}, was delivered to {} at {} and again to {life} at {}: {why}",
                before.life,
                history.at(before.moment.at),
                history.at(moment.at)
            ));
        }
    }
    check_runs(history, problems);
    check_parked(history, &faults, problems);
}

/// The cause of a second delivery; otherwise an error.
fn cause(
    history: &History,
    before: &Delivery,
    delivery: &Delivery,
    faults: &BTreeMap<&str, Spans>,
) -> Result<(), String> {
    let of = (before.life.clone(), before.entry.clone());
    let between = |moment: &&Moment| before.moment < **moment && moment.at < delivery.since;
    // Who settles a parked event is not told that it was another one's.
    let may_be_void =
        |moment: &Moment| delivery.is_of_store && faults[before.life.member()].touch(before.since, moment.at);
    if let Some(moments) = history.acknowledged.get(&of)
        && let Some(moment) = moments.iter().find(between)
        && !may_be_void(moment)
    {
        return Err(format!("it was acknowledged at {}", history.at(moment.at)));
    }
    let parked = history.parked.get(&of).into_iter().flatten();
    if delivery.is_of_store {
        if parked.clone().any(|moment| before.moment < *moment && *moment < delivery.moment) {
            return Ok(());
        }
    } else if let Some(moment) = parked.clone().find(between) {
        return Err(format!("it was parked at {}", history.at(moment.at)));
    }
    let is_released = |moment: &&Moment| before.moment < **moment && **moment < delivery.moment;
    if history.released.get(&of).is_some_and(|moments| moments.iter().any(|moment| is_released(&moment))) {
        return Ok(());
    }
    // Whoever has lost it knows so when it goes on, which may be before the next one reads it: a key is claimed as a whole. Only
    // an entry of the topic is lost, which may be told of one that was parked meanwhile.
    let lost = history.lost.get(&of).filter(|_| !before.is_of_store);
    if let Some(lost) = lost.and_then(|moments| moments.iter().find(|&moment| is_released(&moment))) {
        let has_cause = faults[before.life.member()].touch(before.since, lost.at);
        let why = || format!("it was lost at {} without a fault", history.at(lost.at));
        return has_cause.then_some(()).ok_or_else(why);
    }
    // Others have had it meanwhile, which is not told to who had parked it.
    let claims = history.claimed_parked.get(&(delivery.group.clone(), delivery.entry.clone()));
    let lifetime = &history.lives[&before.life];
    let by_other = |(life, moment): &&(Life, Moment)| {
        let is_between = before.moment < *moment && *moment < delivery.moment;
        is_between && *life != before.life && *moment < lifetime.last(history.end)
    };
    if delivery.is_of_store
        && let Some((_, moment)) = claims.into_iter().flatten().find(by_other)
    {
        let has_cause = faults[before.life.member()].touch(before.since, moment.at);
        let why = || format!("it was claimed at {} without a fault", history.at(moment.at));
        return has_cause.then_some(()).ok_or_else(why);
    }
    // It was parked by a write whose answer was lost, and found in the store before the write was tried again.
    if delivery.is_of_store
        && !before.is_of_store
        && faults[before.life.member()].touch(before.since, delivery.moment.at)
    {
        return Ok(());
    }
    // The answer of a read was late: it had the entry before the other one claimed it.
    if !delivery.is_of_store
        && delivery.since < before.moment.at
        && faults[delivery.life.member()].touch(delivery.since, delivery.moment.at)
    {
        return Ok(());
    }
    if before.life == delivery.life {
        return Err("the same process had it".to_owned());
    }
    if lifetime.ended_uncleanly_before(delivery.moment) {
        return Ok(());
    }
    if let Some((ended, how)) = &lifetime.ended
        && *ended < delivery.moment
    {
        return Err(format!("the first one ended with {how} at {}", history.at(ended.at)));
    }
    if !faults[before.life.member()].touch(before.since, delivery.moment.at) {
        return Err("the first one lives, and no fault has kept it from its heartbeat".to_owned());
    }
    Ok(())
}

/// Each delivery of an event to a process runs a receiver once.
fn check_runs(history: &History, problems: &mut Vec<String>) {
    let mut deliveries: BTreeMap<(&Life, i64), usize> = BTreeMap::new();
    for delivery in &history.deliveries {
        *deliveries.entry((&delivery.life, delivery.number)).or_default() += 1;
    }
    let mut runs: BTreeMap<(&Life, i64, &str), Vec<Moment>> = BTreeMap::new();
    for run in &history.runs {
        if let Some(done) = run.done() {
            runs.entry((&run.life, run.number, &run.receiver)).or_default().push(done);
        }
    }
    for ((life, number, receiver), done) in runs {
        let delivered = deliveries.get(&(life, number)).copied().unwrap_or_default();
        if done.len() > delivered {
            let times: Vec<_> = done.iter().map(|done| history.at(done.at)).collect();
            problems.push(format!(
                "repeated: event {number} was delivered {delivered} times to {life}, and done by {receiver} at {}",
                times.join(", ")
            ));
        }
    }
}

/// Of a parked event no receiver runs that it does not wait for.
fn check_parked(history: &History, faults: &BTreeMap<&str, Spans>, problems: &mut Vec<String>) {
    let mut deliveries: BTreeMap<(&str, &str), Vec<&Delivery>> = BTreeMap::new();
    for delivery in &history.deliveries {
        deliveries.entry((&delivery.group, &delivery.entry)).or_default().push(delivery);
    }
    let mut copies: BTreeMap<i64, usize> = BTreeMap::new();
    for (_, number) in &history.stored {
        *copies.entry(*number).or_default() += 1;
    }
    let mut runs: BTreeMap<(&str, i64), Vec<&crate::history::Run>> = BTreeMap::new();
    for run in &history.runs {
        runs.entry((&run.group, run.number)).or_default().push(run);
    }
    for parking in &history.parkings {
        let Parking { moment, life, group, entry, number, receivers } = parking;
        // Runs of a copy cannot be told from those of the other one.
        if copies.get(number).is_some_and(|copies| *copies > 1) {
            continue;
        }
        let deliveries = deliveries.get(&(group.as_str(), entry.as_str())).map_or(&[][..], Vec::as_slice);
        // It may have had it no more without knowing so.
        let had = deliveries.iter().rfind(|delivery| delivery.life == *life && delivery.moment < *moment);
        let since = had.map_or(moment.at, |delivery| delivery.since);
        if faults[life.member()].touch(since, moment.at) {
            continue;
        }
        for run in runs.get(&(group.as_str(), *number)).into_iter().flatten() {
            let is_waited_for = receivers.contains(&run.receiver);
            let is_later = run.begin > *moment
                && (run.life == *life
                    || deliveries.iter().any(|delivery| {
                        // An answer that is late may be from before.
                        delivery.life == run.life && moment.at < delivery.since && delivery.moment < run.begin
                    }));
            if !is_waited_for && is_later && RECEIVERS.contains(&run.receiver.as_str()) {
                problems.push(format!(
                    "repeated: event {number}, entry {entry}, was parked by {life} at {} for {}, and {} ran at {} in {}",
                    history.at(moment.at),
                    receivers.join(" and "),
                    run.receiver,
                    history.at(run.begin.at),
                    run.life
                ));
            }
        }
    }
}
