//! The keys of parked events: [`Keys`].

use crate::bus::backends::redis::keys;
use crate::bus::contract::Subscription;

/// The keys of parked events.
pub(super) struct Keys {
    pub(super) dead_letters: String,
    /// The consumers that have some.
    pub(super) consumers: String,
    pub(super) messages: String,
    pub(super) index: String,
    /// The last id.
    pub(super) last: String,
    pub(super) attempts: String,
}

impl Keys {
    pub(super) fn of(subscription: &Subscription) -> Self {
        let Subscription { topic, group, consumer, .. } = subscription;
        Self {
            dead_letters: topic.dead_letters().as_str().to_owned(),
            consumers: keys::parked_consumers(topic, group),
            messages: keys::parked_messages(topic, group, consumer),
            index: keys::parked_index(topic, group, consumer),
            last: keys::parked_last(topic, group),
            attempts: keys::attempts(topic, group),
        }
    }
}
