//! The rights that `docs/event-bus.md` gives to each role are sufficient and necessary. The servers here use the page's
//! own lines.

mod deleted;
mod refused;
mod used;

use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use openedx_events::avro::Fingerprint;
use openedx_events::bus::redis::Redis;
use openedx_events::bus::suite::Subject;
use openedx_events::bus::{
    Admin, Backend, BusError, Consumer, Delivery, EntryId, Finding, GroupInfo, Message, ParkedChange,
    ParkedEvent, ParkedEvents, ParkedPlace, ParkedWrite, PendingEntry, Position, Producer, Promises,
    PublishError, Seek, StartAt, Subscription, Topic, TopicInfo,
};
use openedx_events_tests::redis_server::RedisServer;
use tempfile::TempDir;

const PAGE: &str = include_str!("../../docs/event-bus.md");

/// The page's lines for the ACL file of the server.
fn users() -> &'static str {
    let block = PAGE.split_once("```aclfile\n").and_then(|(_, rest)| rest.split_once("```"));
    block.expect("the page has the rights").0
}

/// The line of a role, and its password.
fn user(role: &str) -> (&'static str, &'static str) {
    let start = format!("user events-{role} ");
    let line = users().lines().find(|line| line.starts_with(&start)).expect("the page has the role");
    let password = line.split(' ').find_map(|part| part.strip_prefix('>')).expect("it has a password");
    (line, password)
}

/// A server that knows the roles.
struct Guarded {
    server: RedisServer,
    /// Has the file of users.
    _folder: TempDir,
}

impl Guarded {
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("users.acl");
        fs::write(&file, users()).expect("a file of users");
        let file = file.to_str().expect("a path of text");
        let server = RedisServer::start_with(&["--appendfsync", "always", "--aclfile", file])?;
        Some(Self { server, _folder: folder })
    }

    /// The bus, connected as this role.
    fn bus(&self, role: &str) -> Redis {
        let (_, password) = user(role);
        Redis::open(&self.server.url_of(&format!("events-{role}:{password}"))).expect("an address")
    }

    fn roles(&self) -> Roles {
        Roles {
            producer: self.bus("producer"),
            consumer: self.bus("consumer"),
            operator: self.bus("operator"),
        }
    }
}

/// A bus on which each call is made by the role that needs it, in topics with the page's prefix.
#[derive(Debug)]
struct Roles {
    producer: Redis,
    consumer: Redis,
    operator: Redis,
}

/// The prefix that the page gives rights to.
const PREFIX: &str = "dev";

/// The topic with the prefix, also if it is a topic of dead letters.
fn prefixed(topic: &Topic) -> Topic {
    let original = topic.as_str().strip_prefix('{').and_then(|rest| rest.strip_suffix("}.dlq"));
    let name = original.unwrap_or(topic.as_str());
    let prefixed = Topic::with_prefix(PREFIX, name).expect("a name");
    if original.is_some() { prefixed.dead_letters() } else { prefixed }
}

impl Backend for Roles {
    fn promises(&self) -> Promises {
        self.consumer.promises()
    }

    fn producer(&self) -> Result<Box<dyn Producer>, BusError> {
        Ok(Box::new(Prefixing(self.producer.producer()?)))
    }

    fn consumer(&self, subscription: &Subscription) -> Result<Box<dyn Consumer>, BusError> {
        let mut subscription = subscription.clone();
        subscription.topic = prefixed(&subscription.topic);
        self.consumer.consumer(&subscription)
    }

    fn has_topic(&self, topic: &Topic) -> Result<bool, BusError> {
        self.consumer.has_topic(&prefixed(topic))
    }

    fn groups(&self, topic: &Topic) -> Result<Vec<GroupInfo>, BusError> {
        self.operator.groups(&prefixed(topic))
    }

    fn create_group(&self, topic: &Topic, group: &str, start: StartAt) -> Result<bool, BusError> {
        self.operator.create_group(&prefixed(topic), group, start)
    }

    fn delete_group(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.operator.delete_group(&prefixed(topic), group)
    }

    fn skip(&self, topic: &Topic, group: &str) -> Result<bool, BusError> {
        self.operator.skip(&prefixed(topic), group)
    }

    fn store_schemas(&self, topic: &Topic, schemas: &[(Fingerprint, &str)]) -> Result<(), BusError> {
        self.producer.store_schemas(&prefixed(topic), schemas)
    }

    fn schema(&self, topic: &Topic, fingerprint: Fingerprint) -> Result<Option<String>, BusError> {
        self.consumer.schema(&prefixed(topic), fingerprint)
    }

    fn browse(&self, topic: &Topic, after: Option<&EntryId>, max: usize) -> Result<Vec<Delivery>, BusError> {
        self.operator.browse(&prefixed(topic), after, max)
    }

    fn parked(&self) -> Option<&dyn ParkedEvents> {
        Some(self)
    }

    fn admin(&self) -> Option<&dyn Admin> {
        Some(self)
    }
}

impl Roles {
    fn operations(&self) -> &dyn Admin {
        self.operator.admin().expect("Redis has one")
    }
}

impl Admin for Roles {
    fn topics(&self) -> Result<Vec<TopicInfo>, BusError> {
        let mut topics = self.operations().topics()?;
        for info in &mut topics {
            let name = info.topic.as_str().strip_prefix(PREFIX).and_then(|name| name.strip_prefix('-'));
            info.topic = Topic::new(name.unwrap_or("of-another-prefix")).expect("a name");
        }
        Ok(topics)
    }

    fn position(&self, topic: &Topic, position: &Position) -> Result<Option<EntryId>, BusError> {
        self.operations().position(&prefixed(topic), position)
    }

    fn count(&self, topic: &Topic, after: Option<&EntryId>) -> Result<u64, BusError> {
        self.operations().count(&prefixed(topic), after)
    }

    fn entries(&self, topic: &Topic, ids: &[EntryId]) -> Result<Vec<Option<Delivery>>, BusError> {
        self.operations().entries(&prefixed(topic), ids)
    }

    fn pending(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&EntryId>,
        max: usize,
    ) -> Result<Vec<PendingEntry>, BusError> {
        self.operations().pending(&prefixed(topic), group, after, max)
    }

    fn seek(&self, topic: &Topic, group: &str, after: Option<&EntryId>) -> Result<Seek, BusError> {
        self.operations().seek(&prefixed(topic), group, after)
    }

    fn remove(&self, topic: &Topic, entries: &[EntryId]) -> Result<u64, BusError> {
        self.operations().remove(&prefixed(topic), entries)
    }

    fn inspect(&self, topics: &[Topic]) -> Result<Vec<Finding>, BusError> {
        self.operations().inspect(&topics.iter().map(prefixed).collect::<Vec<_>>())
    }
}

impl ParkedEvents for Roles {
    fn list(
        &self,
        topic: &Topic,
        group: &str,
        after: Option<&ParkedPlace>,
        max: usize,
    ) -> Result<Vec<(ParkedPlace, ParkedEvent)>, BusError> {
        self.operator.list(&prefixed(topic), group, after, max)
    }

    fn read(
        &self,
        topic: &Topic,
        group: &str,
        events: &[ParkedPlace],
    ) -> Result<Vec<Option<Delivery>>, BusError> {
        self.operator.read(&prefixed(topic), group, events)
    }

    fn change(
        &self,
        topic: &Topic,
        group: &str,
        changes: &[(&ParkedPlace, ParkedChange<'_>)],
    ) -> Result<Vec<ParkedWrite>, BusError> {
        self.operator.change(&prefixed(topic), group, changes)
    }
}

struct Prefixing(Box<dyn Producer>);

impl Producer for Prefixing {
    fn publish(&mut self, topic: &Topic, messages: &[Message]) -> Result<(), PublishError> {
        self.0.publish(&prefixed(topic), messages)
    }
}

struct OnGuardedRedis(Mutex<Guarded>);

impl Subject for OnGuardedRedis {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(self.0.lock().unwrap_or_else(PoisonError::into_inner).roles())
    }

    fn secrets(&self) -> Vec<String> {
        ["producer", "consumer", "operator"].map(|role| user(role).1.to_owned()).to_vec()
    }

    fn restart(&self) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).server.restart();
        true
    }
}

/// The suite for backends passes with the rights of the roles.
mod every_behaviour {
    use super::{Guarded, Mutex, OnGuardedRedis};

    openedx_events::bus_suite!(Guarded::start().map(|guarded| OnGuardedRedis(Mutex::new(guarded))));
}
