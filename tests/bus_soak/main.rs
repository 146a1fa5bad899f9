//! Producers and consumers in processes of their own, under random faults of all kinds, and a checker that reads their log.
//!
//! `FAULTS_SEED` repeats the faults, `FAULTS_SOAK_SECONDS` sets how long they last: 60 seconds on each backend unless it is set.

mod bus;
mod check;
mod event;
mod faults;
mod history;
mod log;
mod member;
mod soak;

use std::env;
use std::time::Duration;

use openedx_events_tests::random;

fn duration() -> Duration {
    let seconds = env::var("FAULTS_SOAK_SECONDS").ok().map(|given| given.parse().expect("a number"));
    Duration::from_secs(seconds.unwrap_or(60))
}

#[test]
fn nothing_is_lost_and_nothing_stands_still_on_redis() {
    let Some(bus) = bus::Bus::redis() else { return };
    soak::run(bus, random::seed("FAULTS_SEED"), duration());
}

#[test]
fn nothing_is_lost_and_nothing_stands_still_on_sqlite() {
    soak::run(bus::Bus::sqlite(), random::seed("FAULTS_SEED"), duration());
}
