//! Consumers that are gone and have left nothing: [`Departed`] removes them from the group.

use std::time::{Duration, Instant};

use ::redis::Value;

use super::member::Member;
use crate::bus::backends::redis::failure::NO_PERMISSION;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::options::Options;
use crate::bus::backends::redis::reply::Fields;
use crate::bus::backends::redis::request::Request;
use crate::bus::backends::redis::{keys, reply, scripts};
use crate::bus::contract::Subscription;
use crate::bus::contract::error::BusError;

/// Removes the names that processes have left which were killed, or which have left entries that others have done
/// since. Those that are dropped with nothing [leave](leave) by themselves.
///
/// One that consumes is never removed: it has a lease. Consumers of other programs have none, so that one of them must
/// have been inactive for a long time. Should it live, nothing is lost: it has nothing, and joins again with its next
/// read, also with one that waits already.
pub(super) struct Departed {
    inactive_after: Duration,
    /// When to look again.
    due: Instant,
    /// The connection on which the user has no right to it.
    forbidden: Option<u64>,
}

/// How often to look, at most.
const INTERVAL: Duration = Duration::from_secs(60);
/// Maximum number of consumers that are removed in one step.
const MAX_REMOVED: usize = 500;

impl Departed {
    /// `None` if the names of consumers that are gone are to stay.
    pub(super) fn new(options: &Options, subscription: &Subscription) -> Option<Self> {
        // An inactive consumer may have entries for that time before others claim them.
        let inactive_after = options.inactive_after?.max(subscription.claim_after.saturating_mul(2));
        Some(Self { inactive_after, due: Instant::now(), forbidden: None })
    }

    /// Removes those that are gone, if that is due.
    pub(super) fn remove(&mut self, link: &mut Link, member: &Member) -> Result<(), BusError> {
        let now = Instant::now();
        if now < self.due || self.forbidden == Some(link.connections()) {
            return Ok(());
        }
        self.due = now + INTERVAL.min(self.inactive_after);
        let what = member.task("removing consumers that are gone");
        let names = self.candidates(link, member, &what)?;
        if names.is_empty() {
            return Ok(());
        }
        let Subscription { topic, group, .. } = &member.subscription;
        let of_each =
            |name: &String| [keys::consumer(topic, group, name), keys::parked_index(topic, group, name)];
        let of_names: Vec<_> = names.iter().flat_map(of_each).collect();
        let mut keys = vec![member.stream()];
        keys.extend(of_names.iter().map(String::as_bytes));
        let inactive = self.inactive_after.as_millis().to_string();
        let mut arguments = vec![group.as_bytes(), inactive.as_bytes()];
        arguments.extend(names.iter().map(String::as_bytes));
        let reply = link.run(&what, &scripts::REMOVE_DEPARTED, &keys, &arguments)?;
        if reply::code(&reply) == Some(NO_PERMISSION) {
            self.forbidden = Some(link.connections());
        }
        // Another refusal, as without the group, is no reason to stop reading, and is no list.
        let removed = reply::list(reply).into_iter().filter_map(reply::text);
        let removed = removed.collect::<Vec<_>>().join(", ");
        if !removed.is_empty() {
            tracing::debug!(%topic, group, removed, "consumers that are gone were removed from the group");
        }
        Ok(())
    }

    /// Those that seem to be gone. The script decides.
    fn candidates(&self, link: &mut Link, member: &Member, what: &str) -> Result<Vec<String>, BusError> {
        let Subscription { group, consumer, .. } = &member.subscription;
        let request = Request::of(&[b"XINFO", b"CONSUMERS", member.stream(), group.as_bytes()]);
        let Value::Array(consumers) = reply::single(link.ask_again(what, &request)?) else {
            // Without the group, or the right to ask.
            return Ok(Vec::new());
        };
        let inactive = u64::try_from(self.inactive_after.as_millis()).unwrap_or(u64::MAX);
        let is_gone = |other: Value| {
            let mut fields = Fields::of(other);
            let (name, pending, idle) =
                (fields.text("name")?, fields.count("pending")?, fields.count("idle")?);
            (pending == 0 && idle >= inactive && name != *consumer).then_some(name)
        };
        Ok(consumers.into_iter().filter_map(is_gone).take(MAX_REMOVED).collect())
    }
}

/// Removes this consumer from its group if it leaves nothing. To be called while it has its name: nobody else uses it.
pub(super) fn leave(link: &mut Link, member: &Member) {
    let Subscription { topic, group, consumer, .. } = &member.subscription;
    let (lease, index) = (keys::consumer(topic, group, consumer), keys::parked_index(topic, group, consumer));
    let keys = [member.stream(), lease.as_bytes(), index.as_bytes()];
    let holder = member.leases.holder();
    let arguments = [group.as_bytes(), consumer.as_bytes(), holder.as_bytes()];
    // Otherwise another consumer removes it.
    let _ = link.run("leaving a group", &scripts::LEAVE, &keys, &arguments);
}
