//! Nothing that an error says is secret.

use std::time::{Duration, Instant};

use super::world::World;
use crate::avro::Fingerprint;
use crate::bus::{Backend, Consumer, DeadLetter, DeadLetterReason, Delivery, EntryId, Position, StartAt};

/// No error shows a secret: of calls that make no sense, of calls after the deadline to stop, of a name in use, of a storage
/// that cannot be reached. The errors of all other behaviours are looked at as well.
pub fn errors_keep_secrets(world: &World<'_>) {
    world.publish(&world.messages(0..2));
    let consumer = world.consumer("group", "consumer");
    let _ = world.other_backend().consumer(&world.subscription("group", "consumer"));
    call_everything(world, &*consumer);
    consumer.stop_by(Instant::now());
    call_everything(world, &*consumer);
    ask_everything(world, world.backend());
    if let Some(unreachable) = world.unreachable() {
        ask_everything(world, &*unreachable);
    } else {
        world.skip_because("the backend has no storage that cannot be reached");
    }
}

/// Whatever comes of it: the world looks at the errors.
fn call_everything(world: &World<'_>, consumer: &dyn Consumer) {
    let entry = EntryId::new("no entry");
    let one = std::slice::from_ref(&entry);
    let delivery = Delivery::new(entry.clone(), world.message("key", 0));
    let dead_letter = DeadLetter::new(DeadLetterReason::Undecodable, "because");
    let _ = consumer.read(1, Duration::ZERO, one);
    let _ = consumer.acknowledge(one);
    let _ = consumer.dead_letter(&delivery, &dead_letter);
    let _ = consumer.renew(one);
    let _ = consumer.claim(1);
    let _ = consumer.release(one);
    let _ = consumer.count_attempt(&entry);
    let _ = consumer.attempt_returned(&entry);
    let _ = consumer.processed(&["text".to_owned()]);
    let _ = consumer.mark_processed("text");
}

fn ask_everything(world: &World<'_>, backend: &dyn Backend) {
    let (topic, fingerprint) = (&world.topic, Fingerprint::from(1));
    let _ = backend.producer().map(|mut producer| producer.publish(topic, &world.messages(0..1)));
    let _ = backend.consumer(&world.subscription("group", "another")).map(|consumer| {
        consumer.stop_by(Instant::now());
        call_everything(world, &*consumer);
    });
    let _ = backend.has_topic(topic);
    let _ = backend.groups(topic);
    let _ = backend.create_group(topic, "group", StartAt::Earliest);
    let _ = backend.delete_group(topic, "group");
    let _ = backend.skip(topic, "group");
    let _ = backend.store_schemas(topic, &[(fingerprint, "\"long\"")]);
    let _ = backend.schema(topic, fingerprint);
    let (entry, ids) = (EntryId::new("no entry"), [EntryId::new("no entry")]);
    let _ = backend.browse(topic, Some(&entry), 1);
    if let Some(admin) = backend.admin() {
        let _ = admin.topics();
        let _ = admin.position(topic, &Position::End);
        let _ = admin.position(topic, &Position::At(entry.clone()));
        let _ = admin.count(topic, None);
        let _ = admin.entries(topic, &ids);
        let _ = admin.pending(topic, "group", Some(&entry), 1);
        let _ = admin.seek(topic, "group", None);
        let _ = admin.remove(topic, &ids);
        let _ = admin.inspect(std::slice::from_ref(topic));
    }
}
