//! Reading dead letters page by page.

use std::ops::ControlFlow;

use super::args::{Filter, Others};
use super::letter::Letter;
use crate::bus::EntryId;
use crate::cli::bus::topic::{OpenTopic, admin};
use crate::cli::outcome::Failure;

/// The number of dead letters that are read, or changed, at a time.
pub(super) const PAGE: usize = 100;

/// Sees the dead letters that a filter admits, until it has seen enough. Returns what the others say.
pub(super) fn each(
    open: &mut OpenTopic<'_>,
    filter: &Filter,
    mut see: impl FnMut(Letter) -> Result<ControlFlow<()>, Failure>,
) -> Result<Others, Failure> {
    let (mut after, mut seen, mut others) = (filter.start(open)?, 0, Others::default());
    loop {
        let page = open.call(|bus, topic| bus.browse(&topic.dead_letters(), after.as_ref(), PAGE))?;
        let Some(last) = page.last() else { break };
        after = Some(last.entry.clone());
        for letter in page.into_iter().map(Letter::of) {
            seen += 1;
            if !filter.admits(&letter) {
                others.add(&letter);
            } else if see(letter)?.is_break() {
                open.clear_progress();
                return Ok(others);
            }
        }
        open.show_progress(seen);
    }
    open.clear_progress();
    Ok(others)
}

/// The dead letters with these ids that exist, in this order, and the ids of those that do not.
pub(super) fn read(
    open: &mut OpenTopic<'_>,
    ids: &[EntryId],
) -> Result<(Vec<Letter>, Vec<EntryId>), Failure> {
    let (mut letters, mut gone) = (Vec::new(), Vec::new());
    for ids in ids.chunks(PAGE) {
        let read = open.call(|bus, topic| admin(bus)?.entries(&topic.dead_letters(), ids))?;
        for (id, delivery) in ids.iter().zip(read) {
            match delivery {
                Some(delivery) => letters.push(Letter::of(delivery)),
                None => gone.push(id.clone()),
            }
        }
    }
    Ok((letters, gone))
}
