//! What is removed: [`Retention`].

use std::time::{Duration, Instant};

use ::redis::{ServerError, Value};

use super::connection::Line;
use super::failure;
use super::failure::NO_PERMISSION;
use super::scripts;
use crate::bus::contract::error::BusError;
use crate::bus::message::topic::Topic;

/// Removes from a topic what all of its groups have done, when it is old enough.
///
/// Every consumer that is told to does so. One after the other they find less, and nothing that they must agree on.
pub(super) struct Retention {
    age: Duration,
    /// When to look for more.
    due: Instant,
    /// The connection on which the user had no right to. Another look would only fill the server's log of refusals.
    refused: Option<u64>,
    is_warned: bool,
}

/// How often it is looked for what can be removed.
const EVERY: Duration = Duration::from_secs(10);
/// Who reads has to wait no longer for it. What is left is removed the next time.
const LONGEST: Duration = Duration::from_millis(100);

impl Retention {
    /// `None` if nothing is to be removed from this topic.
    pub(super) fn new(retention: Option<Duration>, topic: &Topic) -> Option<Self> {
        // No other name has a brace. Dead letters are for people, who are no group.
        if topic.as_str().starts_with('{') {
            return None;
        }
        Some(Self { age: retention?, due: Instant::now(), refused: None, is_warned: false })
    }

    /// Removes what can be, if that is due. A server that refuses is no reason to stop reading.
    pub(super) fn apply(&mut self, line: &mut Line, topic: &Topic) -> Result<(), BusError> {
        let start = Instant::now();
        if start < self.due || self.refused == Some(line.connections()) {
            return Ok(());
        }
        self.due = start + EVERY;
        let what = format!("removing from `{topic}` what all groups have done");
        let keep = self.age.as_millis().to_string();
        let mut removed = 0;
        loop {
            let reply = line.run(&what, &scripts::TRIM, &[topic.as_str().as_bytes()], &[keep.as_bytes()])?;
            match reply {
                Value::ServerError(error) => {
                    self.refuse(line, topic, &what, &error);
                    break;
                }
                Value::Int(some) if some > 0 => removed += some,
                _ => {
                    self.is_warned = false;
                    break;
                }
            }
            if start.elapsed() >= LONGEST {
                break;
            }
        }
        if removed > 0 {
            tracing::debug!(%topic, removed, "entries that all groups have done were removed");
        }
        Ok(())
    }

    fn refuse(&mut self, line: &Line, topic: &Topic, what: &str, error: &ServerError) {
        if error.code() == NO_PERMISSION {
            self.refused = Some(line.connections());
        }
        if !std::mem::replace(&mut self.is_warned, true) {
            let error = failure::refused(what, error);
            tracing::warn!(%topic, %error, "entries that all groups have done stay");
        }
    }
}
