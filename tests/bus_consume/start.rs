//! Errors at the start of a consumer.

use std::time::Duration;

use openedx_events::bus::{ConsumerSettings, ErrorKind, EventConsumer, MissingTopic, StopError};
use openedx_events_tests::{logs, wait_until};

use crate::faulty_bus::{DRAIN, Sea, TIDE_TURNED, quick};

#[test]
fn an_unreachable_bus_is_retried_until_the_start_timeout() {
    let sea = Sea::new("not-there");
    sea.faulty.set_down(true);
    let mut settings = quick();
    settings.start_timeout = Duration::from_millis(100);
    let error = sea.consumer(settings).start().expect_err("it is unreachable");
    assert_eq!(error.exit_code(), 3);
    assert!(sea.faulty.attempts() > 1);

    let started = std::thread::scope(|scope| {
        let attempts = sea.faulty.attempts();
        let starting = scope.spawn(|| sea.consumer(quick()).start());
        wait_until("it was tried", || sea.faulty.attempts() > attempts);
        sea.faulty.set_down(false);
        starting.join().expect("no panic")
    });
    started.expect("it exists").stop(DRAIN).expect("stopped");
}

#[test]
fn waiting_for_the_bus_is_told_at_once_and_not_at_each_attempt() {
    logs::collect();
    let sea = Sea::new("told-once");
    sea.faulty.set_down(true);
    let mut settings = quick();
    settings.start_timeout = Duration::from_millis(500);
    sea.consumer(settings).start().expect_err("it is unreachable");
    let told = || {
        let records = logs::all().into_iter();
        records
            .filter(|record| record.message == "cannot reach the bus yet; retrying")
            .filter(|record| record.field("topic").contains("told-once"))
    };
    assert!(sea.faulty.attempts() > 2, "{}", sea.faulty.attempts());
    assert_eq!(told().count(), 1);
    let record = told().next().expect("one");
    assert_eq!(record.field("bus"), "memory:");
    assert_eq!((record.field("error"), record.field("start_timeout")), ("the switch is off", "500ms"));
}

#[test]
fn invalid_settings_are_refused() {
    let sea = Sea::new("invalid");
    let refused = |change: fn(&mut ConsumerSettings)| {
        let mut settings = quick();
        change(&mut settings);
        let error = sea.consumer(settings).start().expect_err("invalid settings");
        assert!(
            matches!(&error, StopError::Bus(error) if error.kind() == ErrorKind::Configuration),
            "{error}"
        );
        assert_eq!(error.exit_code(), 2);
    };
    refused(|settings| settings.workers = 0);
    refused(|settings| settings.batch = 0);
    refused(|settings| settings.max_in_flight = 0);
    refused(|settings| settings.retry.max_attempts = 0);
    refused(|settings| settings.heartbeat = Duration::from_secs(59));
    let error = EventConsumer::new(sea.backend(), "group").settings(quick()).start().expect_err("no topic");
    assert!(error.to_string().contains("give a topic"), "{error}");
}

#[test]
fn a_missing_topic_is_refused_if_the_settings_say_so() {
    let sea = Sea::new("mistyped");
    let mut settings = quick();
    settings.missing_topic = MissingTopic::Refuse;
    let error = sea.consumer(settings.clone()).start().expect_err("there is no such topic");
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("there is no topic `mistyped`"), "{error}");
    sea.publish(0..1);
    sea.consumer(settings).start().expect("it exists").stop(DRAIN).expect("stopped");
}

#[test]
fn the_name_of_a_consumer_comes_from_the_code_or_the_settings() {
    let sea = Sea::new("categat-sound");
    let in_settings = quick().consumer_name("pod-7".to_owned());
    let consumer = sea.consumer(in_settings.clone());
    assert!(format!("{consumer:?}").contains("name: \"me\""), "{consumer:?}");
    let unnamed = EventConsumer::new(sea.backend(), "group").topic(sea.topic());
    let host = format!("name: {:?}", TIDE_TURNED.generate_metadata().sourcehost());
    assert!(format!("{unnamed:?}").contains(&host), "{unnamed:?}");
    let named = unnamed.settings(in_settings);
    assert!(format!("{named:?}").contains("name: \"pod-7\""), "{named:?}");
}
