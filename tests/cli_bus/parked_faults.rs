//! `parked` on a bus that fails midway.

use std::time::Duration;

use openedx_events_tests::proxy::{Proxy, Way};
use openedx_events_tests::wait_until;

use crate::fixture::{TOPIC, guest};
use crate::lot::{ANSWER, GROUP, Lot, waiting};
use crate::program::{Ran, Running, own, run};

const EVENTS: i64 = 1000;

fn full() -> Option<(Lot, Proxy)> {
    let lot = Lot::on_redis()?;
    let events: Vec<_> = (0..EVENTS).map(|number| (guest(number), vec![waiting(ANSWER, 1)])).collect();
    lot.park("carl", &events);
    let proxy = Proxy::to(lot.redis.as_ref()?.port());
    Some((lot, proxy))
}

fn parked(lot: &Lot) -> i64 {
    lot.group()["parked"].as_i64().expect("a number")
}

fn args<'a>(verb: &'a str, url: &'a str) -> [&'a str; 12] {
    ["parked", verb, "-t", TOPIC, "-g", GROUP, "--all", "--yes", "--bus-timeout", "5", "--bus", url]
}

/// Answers are lost: nothing is dead-lettered twice, and nothing stays.
#[test]
fn what_is_unknown_is_listed_again() {
    for after in [1000, 100_000, 300_000] {
        let Some((lot, proxy)) = full() else { return };
        proxy.cut_after(Way::ToClient, after);
        let ran: Ran = run(own(&args("dead-letter", &proxy.url())), "").has_ended_with(0);
        assert_eq!(proxy.cuts(), 1, "{}", ran.stdout);
        assert_eq!((parked(&lot), lot.letters().len()), (0, 1000), "{}", ran.stdout);
    }
}

/// It says how far it has come, and goes on from there when it is called again.
#[test]
fn a_bus_that_is_lost_midway_is_3() {
    let Some((lot, proxy)) = full() else { return };
    proxy.delay(Duration::from_millis(50));
    let url = proxy.url();
    let mut args = args("drop", &url);
    args[9] = "0";
    let running = Running::start(own(&args));
    wait_until("some are dropped", || parked(&lot) < EVENTS);
    proxy.set_target(1);
    proxy.cut();
    let ran = running.end().has_ended_with(3);
    let line = ran.stdout.lines().last().expect("a line");
    let number =
        line.strip_prefix("dropped ").and_then(|line| line.strip_suffix(" of 1000 events for all receivers"));
    let number: i64 = number.and_then(|number| number.parse().ok()).expect(line);
    let left = parked(&lot);
    // The answer to the last request is lost.
    assert!(left > 0 && (left..=left + 100).contains(&(EVENTS - number)), "{line}, {left} are left");
    let done = lot.parked("drop", &["-g", GROUP, "--all", "--yes"]).has_ended_with(0).stdout;
    assert!(done.ends_with(&format!("\ndropped {left} events for all receivers; they are lost\n")), "{done}");
}
