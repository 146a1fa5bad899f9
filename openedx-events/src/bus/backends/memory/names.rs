//! The names of consumers: [`Names`].

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use crate::bus::contract::Subscription;
use crate::bus::contract::error::{BusError, ErrorKind};
use crate::bus::message::topic::Topic;
use crate::sync;

/// The topic, the group and the name of a consumer.
type Key = (Topic, String, String);

/// The names under which consumers live. A group may be deleted while they do, and they keep their names.
#[derive(Default)]
pub(super) struct Names(Arc<Mutex<HashSet<Key>>>);

/// A name that no other consumer has until this is dropped.
pub(super) struct Name {
    names: Arc<Mutex<HashSet<Key>>>,
    key: Key,
}

impl Names {
    /// Takes a name, or refuses if a consumer has it.
    pub(super) fn take(&self, subscription: &Subscription) -> Result<Name, BusError> {
        let Subscription { topic, group, consumer, .. } = subscription;
        let key = (topic.clone(), group.clone(), consumer.clone());
        if !sync::lock(&self.0).insert(key.clone()) {
            let what = format!(
                "cannot join a group of `{topic}`: this process consumes as `{consumer}` in the group `{group}`: give each \
                 consumer a name of its own"
            );
            return Err(BusError::new(ErrorKind::Configuration, what));
        }
        Ok(Name { names: Arc::clone(&self.0), key })
    }

    /// The names of the consumers of a group, sorted.
    pub(super) fn of(&self, topic: &Topic, group: &str) -> Vec<String> {
        let names = sync::lock(&self.0);
        let of_group = names.iter().filter(|(of, group_of, _)| of == topic && group_of == group);
        let mut names: Vec<_> = of_group.map(|(.., consumer)| consumer.clone()).collect();
        names.sort_unstable();
        names
    }
}

impl Drop for Name {
    fn drop(&mut self) {
        sync::lock(&self.names).remove(&self.key);
    }
}
