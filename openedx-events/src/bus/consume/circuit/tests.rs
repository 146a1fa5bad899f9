//! Each row of the table, and random histories against what they must keep.

use std::time::SystemTime;

use super::*;

const SECOND: Duration = Duration::from_secs(1);
const LIMIT: Duration = Duration::from_secs(3600);

/// A circuit, and the time. The random part of each backoff is one.
struct World {
    circuit: Circuit,
    rules: Rules,
    now: Instant,
}

impl World {
    fn new() -> Self {
        let retry = RetryPolicy::new().max_attempts(3).initial_backoff(SECOND).max_backoff(SECOND * 30);
        let rules = Rules { retry, outage_limit: LIMIT, max_in_flight: 1000 };
        Self { circuit: Circuit::new(), rules, now: Instant::now() }
    }

    fn fail(&mut self, event: &mut Failures) -> Failed {
        self.fail_as(event, FailureKind::Transient)
    }

    fn fail_as(&mut self, event: &mut Failures, kind: FailureKind) -> Failed {
        self.circuit.failed(event, kind.into(), &self.rules, self.now, 1.0)
    }

    /// A failure that asks for a pause before the next attempt.
    fn fail_until(&mut self, event: &mut Failures, kind: FailureKind, pause: Duration) -> Failed {
        self.circuit.failed(event, RunFailure { kind, pause }, &self.rules, self.now, 1.0)
    }

    /// Different events fail once each.
    fn fail_events(&mut self, number: usize) -> Vec<Failures> {
        (0..number)
            .map(|_| {
                let mut event = Failures::default();
                self.fail(&mut event);
                event
            })
            .collect()
    }

    fn succeed(&mut self, number: usize) {
        for _ in 0..number {
            self.circuit.succeeded(&mut Failures::default());
        }
    }

    /// Opens the circuit by events that fail.
    fn open(&mut self) -> Vec<Failures> {
        let events = self.fail_events(20);
        assert!(self.is_open());
        events
    }

    fn is_open(&self) -> bool {
        self.circuit.open_since().is_some()
    }

    /// Starts a probe, which is due.
    fn probe(&mut self, event: &mut Failures) {
        assert_eq!(self.circuit.start(self.now), Start::Probe);
        event.set_probe();
    }

    fn pass(&mut self, time: Duration) {
        self.now += time;
    }
}

/// The pause is a lower bound: it counts as an attempt, and a longer backoff stays.
#[test]
fn a_receiver_that_asks_for_a_pause_gets_it() {
    let mut world = World::new();
    let mut event = Failures::default();
    let transient = FailureKind::Transient;
    let verdict = world.fail_until(&mut event, transient, SECOND * 90).verdict;
    assert_eq!(verdict, Verdict::Retry(SECOND * 90));
    let verdict = world.fail_until(&mut event, transient, SECOND / 2).verdict;
    assert_eq!(verdict, Verdict::Retry(SECOND * 2), "the backoff is longer");
    let verdict = world.fail_until(&mut event, transient, SECOND * 90).verdict;
    assert_eq!(verdict, Verdict::GiveUp(Reason::Attempts));
}

#[test]
fn no_pause_is_longer_than_the_limit_of_an_outage() {
    let mut world = World::new();
    let fail = |world: &mut World, pause| {
        world.fail_until(&mut Failures::default(), FailureKind::Transient, pause).verdict
    };
    assert_eq!(fail(&mut world, Duration::MAX), Verdict::Retry(LIMIT));
    world.rules.outage_limit = Duration::ZERO;
    assert_eq!(fail(&mut world, LIMIT * 2), Verdict::Retry(LIMIT * 2));
    assert_eq!(fail(&mut world, Duration::MAX), Verdict::Retry(MAX_PAUSE));
}

#[test]
fn no_event_probes_before_a_pause_is_over() {
    let mut world = World::new();
    let mut events = [(); 3].map(|()| Failures::default());
    for event in &mut events {
        world.fail_until(event, FailureKind::Unavailable, SECOND * 60);
    }
    assert!(world.is_open());
    world.pass(SECOND * 59);
    assert_eq!(world.circuit.start(world.now), Start::Wait);
    world.pass(SECOND);
    world.probe(&mut events[0]);
    let verdict = world.fail_until(&mut events[0], FailureKind::Unavailable, SECOND * 120).verdict;
    assert_eq!(verdict, Verdict::Wait(SECOND * 120));
    world.pass(SECOND * 119);
    assert_eq!(world.circuit.start(world.now), Start::Wait);
    // A run from before the circuit opened asks for more.
    world.fail_until(&mut events[1], FailureKind::Unavailable, SECOND * 10);
    world.pass(SECOND * 9);
    assert_eq!(world.circuit.start(world.now), Start::Wait);
    world.pass(SECOND);
    assert_eq!(world.circuit.start(world.now), Start::Probe);
}

#[test]
fn a_few_events_that_fail_are_retried_and_given_up() {
    let mut world = World::new();
    let mut event = Failures::default();
    let verdicts = [(); 3].map(|()| world.fail(&mut event).verdict);
    assert_eq!(
        verdicts,
        [Verdict::Retry(SECOND), Verdict::Retry(SECOND * 2), Verdict::GiveUp(Reason::Attempts)]
    );
    assert_eq!(event.runs(), 3);
    assert!(!world.circuit.is_blank(), "it has not succeeded since");
    world.succeed(1);
    assert!(world.circuit.is_blank());
}

#[test]
fn an_event_is_an_error_when_its_attempts_are_used_up() {
    let mut world = World::new();
    let mut event = Failures::default();
    assert_eq!([(); 3].map(|()| world.fail(&mut event).effect.is_error), [false, false, true]);
    assert!(world.fail_as(&mut Failures::default(), FailureKind::Permanent).effect.is_error);
}

#[test]
fn when_many_fail_it_takes_evidence_to_give_one_up() {
    let mut world = World::new();
    let mut events = world.fail_events(5);
    world.fail(&mut events[0]);
    assert_eq!(world.fail(&mut events[0]).verdict, Verdict::Wait(SECOND * 30));
    // Ten successes for each of the five.
    world.succeed(49);
    assert_eq!(world.fail(&mut events[0]).verdict, Verdict::Wait(SECOND * 30));
    world.succeed(1);
    assert_eq!(world.fail(&mut events[0]).verdict, Verdict::GiveUp(Reason::Attempts));
    // Forty are enough for four; but for an event that fails from now on they are none.
    world.fail_events(1);
    let mut late = world.fail_events(1).remove(0);
    world.fail(&mut late);
    assert_eq!(world.fail(&mut late).verdict, Verdict::Wait(SECOND * 30));
}

/// The process was restarted in an outage.
#[test]
fn events_that_had_failed_before_they_were_parked_count_as_failing() {
    let mut world = World::new();
    let mut events: Vec<_> = (0..5).map(|_| Failures::of_parked(1, SystemTime::now(), world.now)).collect();
    for event in &mut events {
        world.circuit.came_back(event);
    }
    let verdicts = [(); 3].map(|()| world.fail(&mut events[0]).verdict);
    assert_eq!(verdicts[2], Verdict::Wait(SECOND * 30), "not a few bad events");
    // Those that have waited behind others had not failed.
    let mut untried = Failures::of_parked(0, SystemTime::now(), world.now);
    world.circuit.came_back(&mut untried);
    for event in events.iter_mut().chain([&mut untried]) {
        world.circuit.succeeded(event);
    }
    assert!(world.circuit.is_blank(), "{:?}", world.circuit);
}

#[test]
fn an_event_that_was_parked_is_given_up_after_a_success_at_the_earliest() {
    let mut world = World::new();
    let mut event = Failures::of_parked(1, SystemTime::now(), world.now);
    world.circuit.came_back(&mut event);
    let verdicts = [(); 3].map(|()| world.fail(&mut event).verdict);
    assert_eq!(verdicts[2], Verdict::Wait(SECOND * 30), "the outage may go on");
    world.succeed(1);
    assert_eq!(world.fail(&mut event).verdict, Verdict::GiveUp(Reason::Attempts));
}

#[test]
fn events_that_had_failed_before_they_were_parked_open_it_as_others_do() {
    let mut world = World::new();
    for number in 1..=20 {
        let mut event = Failures::of_parked(1, SystemTime::now(), world.now);
        world.circuit.came_back(&mut event);
        assert_eq!(world.fail(&mut event).effect.has_opened, number == 20);
    }
}

#[test]
fn twenty_events_in_a_row_open_it() {
    let mut world = World::new();
    let mut events = world.fail_events(19);
    for event in &mut events {
        world.fail(event);
    }
    assert!(!world.is_open(), "an event counts once");
    let mut last = Failures::default();
    let failed = world.fail(&mut last);
    assert!(failed.effect.has_opened && failed.effect.is_error && world.is_open());
    assert_eq!(failed.verdict, Verdict::Wait(Duration::ZERO));

    let mut world = World::new();
    for _ in 0..10 {
        world.fail_events(19);
        world.succeed(1);
    }
    assert!(!world.is_open(), "not in a row");
}

#[test]
fn a_quarter_of_what_may_be_in_flight_opens_it() {
    for (max_in_flight, opens_at) in [(1, 5), (20, 5), (40, 10), (100, 20)] {
        let mut world = World::new();
        world.rules.max_in_flight = max_in_flight;
        world.fail_events(opens_at - 1);
        assert!(!world.is_open(), "{max_in_flight}");
        world.fail_events(1);
        assert!(world.is_open(), "{max_in_flight}");
    }
}

#[test]
fn five_in_a_row_that_use_up_their_attempts_open_it() {
    let mut world = World::new();
    for number in 0..5 {
        let mut event = Failures::default();
        world.fail(&mut event);
        world.fail(&mut event);
        let failed = world.fail(&mut event);
        assert_eq!(failed.effect.has_opened, number == 4);
        let given_up = failed.verdict == Verdict::GiveUp(Reason::Attempts);
        assert_eq!(given_up, number < 4, "at most four are lost to an outage of a quiet topic");
    }
}

#[test]
fn three_in_a_row_that_say_that_something_is_down_open_it_and_use_up_no_attempt() {
    let mut world = World::new();
    let mut event = Failures::default();
    for _ in 0..10 {
        assert!(matches!(world.fail_as(&mut event, FailureKind::Unavailable).verdict, Verdict::Retry(_)));
    }
    world.fail_as(&mut Failures::default(), FailureKind::Unavailable);
    assert!(!world.is_open());
    assert!(world.fail_as(&mut Failures::default(), FailureKind::Unavailable).effect.has_opened);

    let (mut world, mut event) = (World::new(), Failures::default());
    world.fail_as(&mut event, FailureKind::Unavailable);
    world.pass(LIMIT);
    let verdict = world.fail_as(&mut event, FailureKind::Unavailable).verdict;
    assert_eq!(verdict, Verdict::GiveUp(Reason::Outage));
}

#[test]
fn permanent_failures_are_given_up_at_once_and_open_nothing() {
    let mut world = World::new();
    for _ in 0..100 {
        let failed = world.fail_as(&mut Failures::default(), FailureKind::Permanent);
        assert_eq!(failed.verdict, Verdict::GiveUp(Reason::Permanent));
    }
    assert!(world.circuit.is_blank());
}

#[test]
fn while_it_is_open_one_at_a_time_probes_with_growing_backoff() {
    let mut world = World::new();
    let mut events = world.open();
    assert_eq!(world.circuit.start(world.now), Start::Wait, "the first backoff");
    for backoff in [1, 2, 4, 8, 10, 10] {
        world.pass(SECOND * backoff / 10 * 9);
        assert_eq!(world.circuit.start(world.now), Start::Wait, "the backoff of {backoff} s");
        world.pass(SECOND * backoff / 10);
        world.probe(&mut events[0]);
        assert_eq!(world.circuit.start(world.now), Start::Wait, "one at a time");
        let failed = world.fail(&mut events[0]);
        assert!(failed.effect.was_probe && failed.effect.is_error);
        assert_eq!(failed.verdict, Verdict::Wait(Duration::ZERO), "it is no attempt");
    }
    world.pass(SECOND * 10);
    world.probe(&mut events[1]);
    assert!(world.circuit.succeeded(&mut events[1]), "one success closes it");
    assert_eq!(world.circuit.start(world.now), Start::Run);
    let verdicts = [(); 2].map(|()| world.fail(&mut events[0]).verdict);
    assert_eq!(verdicts, [Verdict::Retry(SECOND), Verdict::Retry(SECOND * 2)], "it has all attempts again");
}

#[test]
fn a_run_from_before_closes_it_and_does_not_count() {
    let mut world = World::new();
    let mut events = world.open();
    let (mut ok, mut failing) = (Failures::default(), Failures::default());
    let failed = world.fail(&mut failing);
    assert_eq!((failed.verdict, failed.effect.was_probe), (Verdict::Wait(Duration::ZERO), false));
    assert!(world.circuit.succeeded(&mut ok));
    assert!(!world.circuit.succeeded(&mut events[0]), "closed already");
}

#[test]
fn a_probe_without_a_result_is_followed_by_another_one() {
    let mut world = World::new();
    let mut events = world.open();
    world.pass(SECOND);
    world.probe(&mut events[0]);
    world.circuit.left_out(&mut events[0], world.now);
    world.probe(&mut events[1]);
    world.fail_as(&mut events[1], FailureKind::Permanent);
    world.probe(&mut events[2]);
}

#[test]
fn a_probe_that_has_not_run_or_hangs_is_followed_by_another_one() {
    let mut world = World::new();
    let mut events = world.open();
    world.pass(SECOND);
    world.probe(&mut events[0]);
    world.circuit.give_back_probe(&mut events[0], world.now);
    assert!(!events[0].is_probe());
    world.probe(&mut events[1]);
    world.circuit.give_back_probe(&mut events[0], world.now);
    assert_eq!(world.circuit.start(world.now), Start::Wait, "it was not the probe any more");
    world.pass(SECOND * 60);
    world.probe(&mut events[2]);
}

#[test]
fn after_the_limit_a_last_run_ends_an_event() {
    let mut world = World::new();
    let mut events = world.open();
    world.pass(LIMIT);
    events[0].set_last_run();
    let failed = world.fail(&mut events[0]);
    assert_eq!((failed.verdict, failed.effect.is_error), (Verdict::GiveUp(Reason::Outage), true));
    events[1].set_last_run();
    assert!(world.circuit.succeeded(&mut events[1]));
    // A success stops it.
    events[2].set_last_run();
    assert_eq!(world.fail(&mut events[2]).verdict, Verdict::Retry(SECOND));
}

#[test]
fn after_the_limit_an_event_ends_without_evidence() {
    let mut world = World::new();
    let mut events = world.fail_events(10);
    world.fail(&mut events[0]);
    assert_eq!(world.fail(&mut events[0]).verdict, Verdict::Wait(SECOND * 30));
    world.pass(LIMIT);
    assert_eq!(world.fail(&mut events[0]).verdict, Verdict::GiveUp(Reason::Outage));
}

#[test]
fn without_a_limit_nothing_waits() {
    let mut world = World::new();
    world.rules.outage_limit = Duration::ZERO;
    let mut events = world.fail_events(100);
    for event in &mut events {
        world.fail(event);
        assert_eq!(world.fail(event).verdict, Verdict::GiveUp(Reason::Attempts));
    }
    assert!(!world.is_open());
}

#[test]
fn a_run_that_is_overdue_is_remembered() {
    let mut circuit = Circuit::new();
    circuit.run_is_overdue();
    assert!(!circuit.is_blank());
    circuit.overdue_run_ended();
    assert!(circuit.is_blank());
}

/// An event of a random history.
#[derive(Default)]
struct Event {
    failures: Failures,
    /// When it may run again.
    due: Option<Instant>,
    first_failed: Option<Instant>,
    /// The successes of the receiver when it first failed, or when the circuit last closed.
    successes_before: u64,
}

/// Whatever happens: an event is given up only with evidence, if few fail, as permanent or after the limit; the failing ones
/// add up; and once the receiver works again everything ends.
#[test]
fn random_histories() {
    for seed in 0..400 {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut world = World::new();
        world.rules.outage_limit = SECOND * random.u32(20..400);
        let (mut open, mut successes, mut used_up): (Vec<Event>, u64, u32) = (Vec::new(), 0, 0);
        let mut odds = random.u8(0..=100);
        for _ in 0..1000 {
            world.pass(SECOND * random.u32(0..4));
            if random.u8(0..100) == 0 {
                odds = random.u8(0..=100);
            }
            let mut event = match random.u8(0..3) {
                0 => Event::default(),
                _ if open.is_empty() => continue,
                _ => open.swap_remove(random.usize(0..open.len())),
            };
            let is_late =
                event.first_failed.is_some_and(|since| world.now - since >= world.rules.outage_limit);
            if is_late && world.is_open() {
                event.failures.set_last_run();
            }
            let may_run = event.failures.is_last_run()
                || (event.due.is_none_or(|due| due <= world.now)
                    && match world.circuit.start(world.now) {
                        Start::Run => true,
                        Start::Probe => {
                            event.failures.set_probe();
                            true
                        }
                        Start::Wait => false,
                    });
            if !may_run {
                event.failures.waits(world.now);
                event.first_failed.get_or_insert(world.now);
                open.push(event);
                continue;
            }
            if random.u8(0..100) < odds {
                successes += 1;
                used_up = 0;
                if world.circuit.succeeded(&mut event.failures) {
                    for event in &mut open {
                        event.successes_before = successes;
                    }
                }
                continue;
            }
            if !event.failures.is_failing() {
                event.successes_before = successes;
            }
            event.first_failed.get_or_insert(world.now);
            let kind = match random.u8(0..20) {
                0 => FailureKind::Permanent,
                1 => FailureKind::Unavailable,
                _ => FailureKind::Transient,
            };
            let others = open.iter().filter(|event| event.failures.is_failing()).count();
            let failing = u64::try_from(others).unwrap() + 1;
            let was_open = world.is_open();
            let failed = world.fail_as(&mut event.failures, kind);
            if !was_open && failed.effect.is_error && kind == FailureKind::Transient {
                used_up += 1;
            }
            event.due = match failed.verdict {
                Verdict::Retry(backoff) | Verdict::Wait(backoff) => Some(world.now + backoff),
                Verdict::GiveUp(reason) => {
                    let waited = world.now - event.first_failed.unwrap();
                    match reason {
                        Reason::Permanent => assert_eq!(kind, FailureKind::Permanent),
                        Reason::Outage => assert!(waited >= world.rules.outage_limit),
                        Reason::Crashes => panic!("not of a circuit"),
                        Reason::Attempts => {
                            assert!(!was_open, "attempts do not end while it is open");
                            let has_evidence = successes - event.successes_before >= 10 * failing;
                            assert!(has_evidence || (failing < 5 && used_up < 6), "no evidence");
                        }
                    }
                    assert!(!event.failures.is_failing());
                    continue;
                }
            };
            open.push(event);
        }
        // The receiver works again.
        let mut rounds = 0;
        while !open.is_empty() {
            rounds += 1;
            assert!(rounds < 100, "{} events never end", open.len());
            world.pass(SECOND * 40);
            open.retain_mut(|event| {
                let may_run = world.circuit.start(world.now) != Start::Wait;
                if may_run {
                    world.circuit.succeeded(&mut event.failures);
                }
                !may_run
            });
        }
        world.succeed(1);
        assert!(world.circuit.is_blank(), "{:?}", world.circuit);
    }
}
