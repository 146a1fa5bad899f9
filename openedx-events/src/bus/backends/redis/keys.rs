//! The keys that belong to a topic. They have its name in braces, so that all are in one slot of a cluster.

use crate::bus::message::topic::Topic;

/// A hash: how many attempts of redelivered entries have begun and not returned.
pub(super) fn attempts(topic: &Topic, group: &str) -> String {
    format!("{{{topic}}}.marks:{group}")
}

/// A hash: the schemas that entries were written with.
pub(super) fn schemas(topic: &Topic) -> String {
    format!("{{{topic}}}.schemas")
}

/// What a receiver has processed.
pub(super) fn processed(topic: &Topic, group: &str, text: &str) -> String {
    format!("{{{topic}}}.done:{}:{text}", plain(group))
}

/// The lease of a consumer name.
pub(super) fn consumer(topic: &Topic, group: &str, consumer: &str) -> String {
    format!("{{{topic}}}.consumer:{}:{consumer}", plain(group))
}

/// The lease of the active consumer.
pub(super) fn active(topic: &Topic, group: &str) -> String {
    format!("{{{topic}}}.active:{group}")
}

/// A set: the consumers of a group that have parked events.
pub(super) fn parked_consumers(topic: &Topic, group: &str) -> String {
    format!("{{{topic}}}.parked:{}", plain(group))
}

/// A hash: the messages that a consumer has parked.
pub(super) fn parked_messages(topic: &Topic, group: &str, consumer: &str) -> String {
    format!("{{{topic}}}.parked:{}:{consumer}", plain(group))
}

/// A sorted set: what the events wait for that a consumer has parked.
pub(super) fn parked_index(topic: &Topic, group: &str, consumer: &str) -> String {
    format!("{{{topic}}}.parked-index:{}:{consumer}", plain(group))
}

/// The id that was given to a parked event of the group last.
pub(super) fn parked_last(topic: &Topic, group: &str) -> String {
    format!("{{{topic}}}.parked-last:{}", plain(group))
}

/// A name without colons, so that the name behind it begins where it seems to.
fn plain(name: &str) -> String {
    name.replace('%', "%25").replace(':', "%3A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_different_names_differ() {
        let Ok(topic) = Topic::new("learning") else { unreachable!() };
        assert_eq!(consumer(&topic, "group", "name"), "{learning}.consumer:group:name");
        assert_ne!(consumer(&topic, "a:b", "c"), consumer(&topic, "a", "b:c"));
        assert_ne!(processed(&topic, "a:b", "c"), processed(&topic, "a%3Ab", "c"));
        assert_ne!(parked_consumers(&topic, "a:b"), parked_messages(&topic, "a", "b"));
    }
}
