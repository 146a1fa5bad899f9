//! `consume` with a group runs the receivers.

use std::time::Duration;

use openedx_events_tests::proxy::Proxy;

use crate::fixture::{Fixture, TOPIC, guest, leaf, mishap};
use crate::program::{own, run};

const RECEIVE: [&str; 5] = ["consume", "-t", TOPIC, "-g", "porters"];

#[test]
fn events_are_printed_when_their_receivers_have_run() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[guest(1), leaf(2), mishap(3), guest(4)]);
    let ran = fixture.run(&[&RECEIVE[..], &["--count", "4"]].concat()).has_ended_with(0);
    let mut numbers = ran.numbers();
    numbers.sort_unstable();
    assert_eq!(numbers, [1, 2, 3, 4]);
    for number in [1, 4] {
        let greeted = ran.stdout.find(&format!("# greeted {number}\n")).expect("the receiver ran");
        let printed = ran.stdout.find(&format!(r#""data":{{"number":{number}"#)).expect("it is printed");
        assert!(greeted < printed, "{}", ran.stdout);
    }
    assert!(!ran.stdout.contains("Ada"), "{}", ran.stdout);
    assert_eq!(ran.stderr, "2 done, 1 reached no receiver, 1 dead letter\n");
    let groups = fixture.groups();
    assert_eq!(
        (groups.len(), &groups[0]["lag"], &groups[0]["pending"]),
        (1, &0.into(), &0.into()),
        "{groups:?}"
    );
}

/// A read that has not come back yet is not idle.
#[test]
fn a_slow_answer_is_not_idle() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[guest(1), guest(2)]);
    let proxy = Proxy::to(fixture.redis.port());
    proxy.delay(Duration::from_millis(500));
    let command = own(&[&RECEIVE[..], &["--until-idle", "0", "--bus", &proxy.url()]].concat());
    assert_eq!(run(command, "").has_ended_with(0).events().len(), 2);
}

#[test]
fn count_limits_the_number_of_events() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&(1..=50).map(guest).collect::<Vec<_>>());
    let mut numbers = Vec::new();
    for (count, name) in [("7", "one"), ("13", "two")] {
        let ran =
            fixture.run(&[&RECEIVE[..], &["--count", count, "--name", name]].concat()).has_ended_with(0);
        assert_eq!(ran.events().len().to_string(), count);
        assert_eq!(ran.stdout.matches("# greeted").count().to_string(), count);
        numbers.extend(ran.numbers());
    }
    // The rest is free for any consumer of the group, at once.
    let ran =
        fixture.run(&[&RECEIVE[..], &["--until-idle", "1", "--name", "three"]].concat()).has_ended_with(0);
    assert_eq!(ran.events().len(), 30, "{}", ran.stderr);
    numbers.extend(ran.numbers());
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=50).collect::<Vec<_>>());
}

#[test]
fn show_pii_shows_personal_data() {
    let Some(fixture) = Fixture::new() else { return };
    fixture.produce(&[guest(1)]);
    let ran = fixture.run(&[&RECEIVE[..], &["--count", "1", "--show-pii"]].concat()).has_ended_with(0);
    assert!(ran.stdout.lines().any(|line| line == guest(1)), "{}", ran.stdout);
}

#[test]
fn consuming_can_be_switched_off() {
    let Some(fixture) = Fixture::new() else { return };
    let mut command = fixture.command(&RECEIVE);
    command.env("EVENT_BUS_REDIS_CONSUMERS_ENABLED", "false");
    let ran = crate::program::run(command, "").has_ended_with(0);
    assert!(ran.stderr.contains("EVENT_BUS_REDIS_CONSUMERS_ENABLED"), "{}", ran.stderr);
    assert!(fixture.groups().is_empty());
}
