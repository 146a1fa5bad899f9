//! Events that are dead-lettered.

use openedx_events::Permanent;
use openedx_events::bus::{Backend as _, Message, StopError};
use openedx_events_tests::{logs, wait_until};

use crate::faulty_bus::{DRAIN, Sea, quick};

#[test]
fn too_many_dead_letters_in_a_row_end_the_consumer() {
    let sea = Sea::new("in-a-row");
    let _connection =
        sea.receive(|number| if number == 2 { Ok(()) } else { Err(Permanent::new("no").into()) });
    let mut settings = quick();
    settings.consecutive_errors_limit = Some(3);
    settings.workers = 1;
    // Two that fail, one that succeeds, and then only failures.
    sea.publish(0..10);
    let consumer = sea.start(settings);
    assert!(consumer.wait(DRAIN));
    let error = consumer.stop(DRAIN).expect_err("too many");
    assert!(matches!(error, StopError::TooManyErrors { in_a_row: 3.. }), "{error}");
    assert_eq!(error.exit_code(), 4);
    assert!(sea.dead_letters() >= 5);
}

/// The number of dead letters in each alarm for the topic.
fn alarms(topic: &str) -> Vec<String> {
    let records = logs::all().into_iter().filter(|record| record.field("topic") == topic);
    records
        .map(|record| record.field("dead_letters").to_owned())
        .filter(|number| !number.is_empty())
        .collect()
}

#[test]
fn an_alarm_is_logged_at_the_threshold_and_at_each_doubling() {
    logs::collect();
    let sea = Sea::new("dead-letters-alarm");
    let _connection = sea.receive(|_| Err(Permanent::new("never").into()));
    // Dead letters of other groups count too.
    let mut producer = sea.faulty.memory.producer().expect("memory");
    let others = vec![Message { headers: Vec::new(), payload: None }; 2];
    producer.publish(&sea.topic().dead_letters(), &others).expect("published");
    let mut settings = quick();
    // One worker, so that every count is reached one at a time.
    settings.workers = 1;
    settings.dead_letters_alarm = Some(5);
    let consumer = sea.start(settings.clone());
    for (published, stored, alarmed) in
        [(2, 4, vec![]), (1, 5, vec!["5"]), (4, 9, vec!["5"]), (12, 21, vec!["5", "10", "20"])]
    {
        let dead = consumer.report().dead;
        sea.publish(0..published);
        wait_until("they are dead-lettered", || consumer.report().dead == dead + published.unsigned_abs());
        assert_eq!(
            (sea.dead_letters(), alarms("dead-letters-alarm")),
            (stored, alarmed.iter().map(ToString::to_string).collect())
        );
    }
    assert_eq!(consumer.stop(DRAIN).expect("stopped").dead_letters_alarms, 3);

    // A new consumer logs it at its first dead letter, unless its alarm is off.
    for (alarm, count) in [(Some(5), 4), (None, 4)] {
        settings.dead_letters_alarm = alarm;
        let consumer = sea.start(settings.clone());
        sea.publish(0..2);
        wait_until("they are dead-lettered", || consumer.report().dead == 2);
        consumer.stop(DRAIN).expect("stopped");
        assert_eq!(alarms("dead-letters-alarm").len(), count);
    }
}

#[test]
fn an_event_stays_pending_until_its_dead_letter_is_written() {
    let sea = Sea::new("dead-letters");
    let _connection = sea.receive(|_| Err(Permanent::new("never").into()));
    sea.faulty.set_dead_letters_fail(true);
    sea.publish(0..1);
    let consumer = sea.start(quick());
    wait_until("it was tried", || sea.faulty.attempts() > 0);
    assert_eq!((sea.dead_letters(), sea.pending(), consumer.report().dead), (0, 1, 0));
    sea.faulty.set_dead_letters_fail(false);
    wait_until("it is dead-lettered", || consumer.report().dead == 1);
    let report = consumer.stop(DRAIN).expect("stopped");
    // The receiver has not run again.
    assert_eq!((report.failed_attempts, sea.dead_letters(), sea.pending()), (1, 1, 0));
}
