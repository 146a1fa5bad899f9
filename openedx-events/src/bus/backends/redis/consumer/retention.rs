//! Removing what all groups have done: [`Retention`].

use std::time::{Duration, Instant};

use ::redis::{ServerError, Value};

use crate::bus::backends::redis::failure;
use crate::bus::backends::redis::failure::NO_PERMISSION;
use crate::bus::backends::redis::link::Link;
use crate::bus::backends::redis::scripts;
use crate::bus::contract::error::BusError;
use crate::bus::message::topic::Topic;

/// Removes the entries of a topic that all of its groups have done, when they are old enough.
///
/// Every consumer with the setting does so. One after the other they find less, and need not agree on anything.
pub(super) struct Retention {
    age: Duration,
    /// When to look for more.
    due: Instant,
    status: Status,
}

/// What the server said the last time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    Working,
    /// It refused, which was logged. The next try may succeed.
    Refused,
    /// The user has no right to, on this connection. Further tries would only fill the server's log of refusals.
    Forbidden {
        connection: u64,
    },
}

/// How often to look for what can be removed.
const INTERVAL: Duration = Duration::from_secs(10);
/// The reader waits no longer for it. What is left is removed the next time.
const MAX_TIME: Duration = Duration::from_millis(100);

impl Retention {
    /// `None` if nothing is to be removed from this topic.
    pub(super) fn new(retention: Option<Duration>, topic: &Topic) -> Option<Self> {
        // No other name has a brace. Dead letters are for people, who are no group.
        if topic.as_str().starts_with('{') {
            return None;
        }
        Some(Self { age: retention?, due: Instant::now(), status: Status::Working })
    }

    /// Removes what can be, if that is due. A server that refuses is no reason to stop reading.
    pub(super) fn apply(&mut self, link: &mut Link, topic: &Topic) -> Result<(), BusError> {
        let start = Instant::now();
        if start < self.due || !self.status.may_try(link.connections()) {
            return Ok(());
        }
        self.due = start + INTERVAL;
        let what = format!("removing from `{topic}` what all groups have done");
        let age = self.age.as_millis().to_string();
        let mut removed = 0;
        loop {
            let reply = link.run(&what, &scripts::TRIM, &[topic.as_str().as_bytes()], &[age.as_bytes()])?;
            match reply {
                Value::ServerError(error) => {
                    self.refused(link, topic, &what, &error);
                    break;
                }
                Value::Int(some) if some > 0 => removed += some,
                _ => {
                    self.status = Status::Working;
                    break;
                }
            }
            if start.elapsed() >= MAX_TIME {
                break;
            }
        }
        if removed > 0 {
            tracing::debug!(%topic, removed, "entries that all groups have done were removed");
        }
        Ok(())
    }

    fn refused(&mut self, link: &Link, topic: &Topic, what: &str, error: &ServerError) {
        let is_first = self.status == Status::Working;
        self.status = Status::refused(error.code(), link.connections());
        if is_first {
            let error = failure::refused(what, error);
            tracing::warn!(%topic, %error, "entries that all groups have done stay in the topic");
        }
    }
}

impl Status {
    fn may_try(self, connection: u64) -> bool {
        self != Self::Forbidden { connection }
    }

    fn refused(code: &str, connection: u64) -> Self {
        if code == NO_PERMISSION { Self::Forbidden { connection } } else { Self::Refused }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_without_the_right_is_asked_for_again_on_another_connection_only() {
        let status = Status::refused(NO_PERMISSION, 1);
        assert!(!status.may_try(1) && status.may_try(2));
        let status = Status::refused("OOM", 1);
        assert!(status.may_try(1));
        assert!(!Status::refused(NO_PERMISSION, 1).may_try(1));
    }
}
