//! A consumer that delivers to a recipient of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::thread;

use openedx_events::bus::{
    self, Backend, Closed, DeadLetter, EventConsumer, Message, Recipient, RunningConsumer, StopError, Topic,
};
use openedx_events::{Permanent, signal};
use openedx_events_tests::{finishes, logs, wait_until};

use crate::faulty_bus::{DRAIN, Sea, TideTurned, quick};

/// Sent when a gull has landed.
#[signal("org.example.sea.gull.landed.v1")]
pub(crate) struct GullLanded {
    number: i64,
}

/// A recipient that counts what it gets.
fn counting(name: &str) -> (Recipient, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&count);
    let recipient = Recipient::new(name, move |event, context| {
        assert!(event.as_any().is::<TideTurned>() && context.from_event_bus());
        counter.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    (recipient, count)
}

/// A recipient that is closed from its third event on.
fn closing(name: &str) -> (Recipient, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&calls);
    let recipient = Recipient::new(name, move |_, _| match counter.fetch_add(1, Ordering::Relaxed) {
        0 | 1 => Ok(()),
        _ => Err(Closed::new("the harbour is gone").into()),
    });
    (recipient, calls)
}

fn in_order(sea: &Sea) -> EventConsumer {
    sea.consumer(quick().workers(1).batch(1))
}

#[test]
fn the_receivers_of_the_program_are_not_called() {
    let sea = Sea::new("mail-fjord");
    let _connection = sea.receive(|number| panic!("{number} was to go elsewhere"));
    let (recipient, count) = counting("mail");
    let mut settings = quick();
    settings.allow_no_receivers = false;
    sea.publish(0..10);
    let consumer = sea.consumer(settings).deliver_to(recipient).start().expect("it needs no receivers");
    wait_until("all are done", || consumer.report().done == 10);
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!(count.load(Ordering::Relaxed), 10);
}

#[test]
fn what_it_does_not_want_is_acknowledged_and_counted() {
    let sea = Sea::new("mail-firth");
    let (recipient, count) = counting("mail");
    let gulls: Vec<_> = (0..3)
        .map(|number| {
            Message::of_event(&GullLanded { number }, &GULL_LANDED.generate_metadata()).expect("a message")
        })
        .collect();
    sea.faulty.memory.producer().expect("memory").publish(&sea.topic(), &gulls).expect("published");
    sea.publish(0..2);
    let tides = recipient.only(|event_type| event_type == "org.example.sea.tide.turned.v1");
    let consumer = sea.consumer(quick()).deliver_to(tides).start().expect("started");
    wait_until("all are done", || {
        let report = consumer.report();
        report.done == 2 && report.suppressed.no_receivers == 3
    });
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!((count.load(Ordering::Relaxed), sea.pending(), sea.dead_letters()), (2, 0, 0));
}

#[test]
fn its_dead_letters_bear_its_name_and_its_settings_are_found_by_it() {
    let sea = Sea::new("mail-sound");
    let recipient = Recipient::new("mail", |_, _| Err("no stamp".into()));
    let mut settings = quick();
    let policy = openedx_events::DeliveryPolicy::new().max_attempts(1);
    settings.receivers.insert("mail".to_owned(), policy);
    sea.publish(0..1);
    let consumer = sea.consumer(settings.clone()).deliver_to(recipient).start().expect("started");
    wait_until("it is dead-lettered", || consumer.report().dead == 1);
    assert_eq!(consumer.report().failed_attempts, 1, "the policy is obeyed");
    consumer.stop(DRAIN).expect("stopped");
    let letters = sea.faulty.memory.browse(&sea.topic().dead_letters(), None, 10).expect("memory");
    let letter = DeadLetter::read(&letters[0].message).expect("a letter");
    assert_eq!(letter.failures[0].receiver.as_deref(), Some("mail"));

    let error = sea.consumer(settings).deliver_to(Recipient::new("mall", |_, _| Ok(()))).start();
    let error = error.expect_err("there is no receiver of this name").to_string();
    assert!(error.contains("`mail`, did you mean `mall`?"), "{error}");
}

#[test]
fn a_recipient_that_is_closed_ends_its_consumer_and_loses_nothing() {
    logs::collect();
    let sea = Sea::new("mail-lough");
    let (recipient, calls) = closing("lough-mail");
    sea.publish(0..10);
    let consumer = in_order(&sea).deliver_to(recipient).start().expect("started");
    wait_until("it has ended", || consumer.has_ended());
    assert!(!consumer.is_ready());
    let reasons = consumer.health().reasons;
    assert_eq!(
        reasons,
        ["mail-lough: the consumer has ended: lough-mail takes no event any more: the harbour is gone"]
    );
    let error = consumer.stop(DRAIN).expect_err("it was closed");
    assert!(matches!(&error, StopError::Closed { recipient, .. } if recipient == "lough-mail"), "{error}");
    assert_eq!((calls.load(Ordering::Relaxed), sea.dead_letters()), (3, 0));
    let is_ours = |record: &logs::Record| record.field("recipient") == "lough-mail";
    assert_eq!(logs::all().iter().filter(|record| is_ours(record)).count(), 1);

    // Everything that it has not taken is delivered to the next one.
    let (recipient, count) = counting("lough-mail");
    let consumer = in_order(&sea).deliver_to(recipient).start().expect("started");
    wait_until("the rest is done", || consumer.report().done == 8);
    consumer.stop(DRAIN).expect("stopped");
    assert_eq!(count.load(Ordering::Relaxed), 8);
}

/// Each topic has a window of its own, and both have to end.
#[test]
fn a_closed_recipient_is_not_called_for_another_topic() {
    let (one, two) = (Sea::new("mail-loch"), Sea::new("mail-mere"));
    let is_open = Arc::new(AtomicBool::new(false));
    let (open, calls) = (Arc::clone(&is_open), Arc::new(AtomicU32::new(0)));
    let counter = Arc::clone(&calls);
    let recipient = Recipient::new("mail", move |_, _| {
        assert!(!open.load(Ordering::Relaxed), "it is called once more");
        counter.fetch_add(1, Ordering::Relaxed);
        Err(Closed::new("gone").into())
    });
    let topic = Topic::new("mail-mere").expect("a topic");
    one.publish(0..1);
    let running: RunningConsumer =
        in_order(&one).topic(topic.clone()).deliver_to(recipient).start().expect("started");
    wait_until("it has ended", || running.has_ended());
    is_open.store(true, Ordering::Relaxed);
    let message = Message::of_event(&GullLanded { number: 1 }, &GULL_LANDED.generate_metadata());
    one.faulty
        .memory
        .producer()
        .expect("memory")
        .publish(&topic, &[message.expect("a message")])
        .expect("published");
    wait_until("the other topic has ended", || running.health().reasons.len() == 2);
    running.stop(DRAIN).expect_err("it was closed");
    assert_eq!((calls.load(Ordering::Relaxed), two.dead_letters()), (1, 0));
}

#[test]
fn a_consumer_that_is_closed_does_not_stop_the_others() {
    let (one, two) = (Sea::new("mail-bay"), Sea::new("mail-gulf"));
    let ((closed, _), (open, count)) = (closing("one"), counting("two"));
    one.publish(0..3);
    let consumers = [in_order(&one).deliver_to(closed), two.consumer(quick()).deliver_to(open)];
    let handles = [consumers[0].handle(), consumers[1].handle()];
    let service = thread::spawn(|| bus::run_all_until_signal(consumers, DRAIN));
    wait_until("the first one is closed", || handles[0].has_ended());
    two.publish(0..5);
    wait_until("the second one goes on", || count.load(Ordering::Relaxed) == 5);
    handles[1].stop(DRAIN).expect("stopped");
    let error = finishes(|| service.join()).expect("no panic").expect_err("one was closed");
    assert_eq!((error.exit_code(), error.to_string().contains("the harbour is gone")), (5, true));
}

#[test]
fn consumers_that_are_all_closed_end() {
    let sea = Sea::new("mail-cove");
    let (closed, _) = closing("cove-mail");
    sea.publish(0..3);
    let error = finishes(move || bus::run_all_until_signal([in_order(&sea).deliver_to(closed)], DRAIN));
    assert!(matches!(error, Err(StopError::Closed { .. })), "{error:?}");
}

/// A receiver is one of several, which must not be held up.
#[test]
fn closed_is_an_error_like_any_other_in_a_receiver() {
    let sea = Sea::new("mail-creek");
    let _connection = sea.receive(|number| match number {
        0 => Err(Closed::new("gone").into()),
        _ => Err(Permanent::new("no").into()),
    });
    sea.publish(0..2);
    let consumer = sea.start(quick());
    wait_until("both are dead-lettered", || consumer.report().dead == 2);
    assert_eq!(consumer.report().failed_attempts, 4);
    consumer.stop(DRAIN).expect("stopped");
}
