//! What a reader does from time to time: [`Upkeep`].

use std::time::{Duration, Instant};

use super::departed::Departed;
use super::member::Member;
use super::read_count::{ReadCount, Settled};
use super::retention::Retention;
use super::trim_limit::TrimLimit;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::options::Options;
use crate::bus::backends::redis::position::{Position, Stream};
use crate::bus::backends::redis::{group, scripts};
use crate::bus::contract::Subscription;
use crate::bus::contract::error::BusError;

/// Renews leases, removes what all groups have done and consumers that are gone, and looks for entries that were
/// trimmed unread.
pub(super) struct Upkeep {
    /// When to do it next.
    pub(super) due: Instant,
    pub(super) read_count: ReadCount,
    /// `None` if nothing is to be removed.
    retention: Option<Retention>,
    /// `None` if the stream is not trimmed to a length, as far as is known.
    trim_limit: Option<TrimLimit>,
    /// `None` if consumers that are gone stay listed.
    departed: Option<Departed>,
}

/// How often it is done. No wait on the server is longer, so that a server that has gone away is noticed in that time.
pub(super) const INTERVAL: Duration = Duration::from_secs(5);

impl Upkeep {
    pub(super) fn new(options: &Options, subscription: &Subscription) -> Self {
        Self {
            due: Instant::now(),
            read_count: ReadCount::new(),
            retention: Retention::new(options.retention, &subscription.topic),
            trim_limit: options.stream_max_len.map(TrimLimit::new),
            departed: Departed::new(options, subscription),
        }
    }

    /// Does what is due, and returns how many entries were removed before the group read them.
    pub(super) fn run(&mut self, link: &mut Link, member: &Member) -> Result<u64, BusError> {
        if Instant::now() < self.due {
            return Ok(0);
        }
        member.leases.renew(link, &member.subscription)?;
        // Before the other, whose findings are reported only once.
        if let Some(retention) = &mut self.retention {
            retention.apply(link, &member.subscription.topic)?;
        }
        if let Some(departed) = &mut self.departed {
            departed.remove(link, member)?;
        }
        let missed = self.missed(link, member)?;
        self.due = Instant::now() + INTERVAL;
        Ok(missed)
    }

    fn missed(&mut self, link: &mut Link, member: &Member) -> Result<u64, BusError> {
        let Subscription { topic, group, .. } = &member.subscription;
        let what = member.task("looking for missed entries");
        let Some((stream, positions)) = group::look(link, topic, &what)? else { return Ok(0) };
        let Some(position) = positions.into_iter().find(|position| position.group == *group) else {
            return Ok(0);
        };
        if self.read_count.note(position.read) {
            group::warn_if_moved(topic, &position);
        }
        if let Some(trim_limit) = &mut self.trim_limit {
            trim_limit.check(topic, &stream, &position);
        }
        let Some((missed, should)) = position.missed(&stream) else {
            self.store_count(link, member, &what, &stream, &position)?;
            return Ok(0);
        };
        let settled = settle(link, member, &what, &position, should)?;
        let missed = self.read_count.missed(missed, settled);
        if missed > 0 {
            tracing::error!(%topic, group, missed, "entries were trimmed before the group read them");
        }
        Ok(missed)
    }

    fn store_count(
        &mut self,
        link: &mut Link,
        member: &Member,
        what: &str,
        stream: &Stream,
        position: &Position,
    ) -> Result<(), BusError> {
        if let Some(read) = self.read_count.to_store(position.read, stream.removed()) {
            let settled = settle(link, member, what, position, read)?;
            self.read_count.stored(read, settled);
        }
        Ok(())
    }
}

/// Tells the server how many entries the group has read, provided that it has read none since.
fn settle(
    link: &mut Link,
    member: &Member,
    what: &str,
    position: &Position,
    should: u64,
) -> Result<Settled, BusError> {
    let (delivered, read) = (position.delivered.to_string(), position.read.unwrap_or_default().to_string());
    let should = should.to_string();
    let arguments = [position.group.as_bytes(), delivered.as_bytes(), read.as_bytes(), should.as_bytes()];
    let reply = link.run(what, &scripts::SETTLE, &[member.stream()], &arguments)?;
    Ok(Settled::from(&reply))
}
