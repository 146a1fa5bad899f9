//! How the bus delivers to each receiver: what it declares, and what the settings of the consumer say of it.
//!
//! Every test has a signal and a bus of its own. Pauses are random, so that none is measured: one that must not end is
//! of years, one that must end of milliseconds.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use openedx_events::bus::memory::Memory;
use openedx_events::bus::{
    Backend as _, ConsumerReport, ConsumerSettings, Delivery, EventConsumer, Message, RunningConsumer,
    StopError, Topic,
};
use openedx_events::{BoxError, DeliveryPolicy, Event, Permanent, Signal, receiver, signal};
use openedx_events_tests::{DEADLINE, logs, wait_until};
use tokio::task::yield_now;

/// How often a receiver has run.
struct Runs(AtomicU32);

impl Runs {
    const fn new() -> Self {
        Self(AtomicU32::new(0))
    }

    /// One more. How many there were before.
    fn add(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }

    fn get(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// A bus with one topic.
struct Bus {
    memory: Memory,
    topic: Topic,
}

impl Bus {
    /// With these events in it.
    fn with<E: Event>(signal: &'static Signal<E>, events: &[E]) -> Self {
        let bus = Self { memory: Memory::new(), topic: Topic::new("policies").expect("a topic") };
        for event in events {
            bus.publish(&message(signal, event));
        }
        bus
    }

    fn publish(&self, message: &Message) {
        let mut producer = self.memory.producer().expect("a producer");
        producer.publish(&self.topic, std::slice::from_ref(message)).expect("published");
    }

    fn try_consume(&self, settings: ConsumerSettings) -> Result<RunningConsumer, StopError> {
        let bus = Arc::new(self.memory.clone());
        EventConsumer::new(bus, "group").topic(self.topic.clone()).settings(settings).start()
    }

    fn consume(&self, settings: ConsumerSettings) -> RunningConsumer {
        self.try_consume(settings).expect("a running consumer")
    }

    /// Consumes until the condition holds.
    fn consume_until(
        &self,
        settings: ConsumerSettings,
        until: impl Fn(&ConsumerReport) -> bool,
    ) -> ConsumerReport {
        let consumer = self.consume(settings);
        wait_until("the events are done with", || until(&consumer.report()));
        consumer.stop(DEADLINE).expect("stopped")
    }

    /// The receivers of the dead letters, and how often each was run.
    fn given_up(&self) -> Vec<(String, String)> {
        let letters = self.memory.browse(&self.topic.dead_letters(), None, 100).expect("dead letters");
        let mut all: Vec<_> = letters.iter().flat_map(given_up).collect();
        all.sort();
        all
    }
}

fn given_up(letter: &Delivery) -> Vec<(String, String)> {
    let all = |name: &str| -> Vec<String> {
        let headers = letter.message.headers.iter().filter(|header| *header.name == *name.as_bytes());
        headers.map(|header| String::from_utf8_lossy(&header.value).into_owned()).collect()
    };
    all("dlq_receiver").into_iter().zip(all("dlq_attempts")).collect()
}

fn message<E: Event>(signal: &'static Signal<E>, event: &E) -> Message {
    Message::of_event(event, &signal.generate_metadata()).expect("a message")
}

/// Without pauses that a test would see.
fn settings() -> ConsumerSettings {
    let mut settings = ConsumerSettings::default();
    settings.retry.initial_backoff = Duration::from_millis(1);
    settings.retry.max_backoff = Duration::from_millis(2);
    settings
}

/// With this for the receiver of this path or name.
fn settings_of(receiver: &str, policy: DeliveryPolicy) -> ConsumerSettings {
    let mut settings = settings();
    settings.receivers.insert(receiver.to_owned(), policy);
    settings
}

mod attempts {
    use super::*;

    /// Of a receiver that always fails.
    #[signal("org.example.policy.max_attempts.counted.v1")]
    pub struct AttemptsCounted {
        pub number: i64,
    }

    static RUNS: [Runs; 4] = [const { Runs::new() }; 4];

    #[receiver(ATTEMPTS_COUNTED, max_attempts = 3)]
    fn thrice() -> Result<(), BoxError> {
        RUNS[0].add();
        Err("no".into())
    }

    #[receiver(ATTEMPTS_COUNTED, max_attempts = 1)]
    fn once() -> Result<(), BoxError> {
        RUNS[1].add();
        Err("no".into())
    }

    /// As often as the settings have it.
    #[receiver(ATTEMPTS_COUNTED)]
    fn usual() -> Result<(), BoxError> {
        RUNS[2].add();
        Err("no".into())
    }

    #[receiver(ATTEMPTS_COUNTED, max_attempts = 8)]
    fn permanent() -> Result<(), BoxError> {
        RUNS[3].add();
        Err(Permanent::new("never").into())
    }

    #[test]
    fn each_receiver_has_its_own() {
        let bus = Bus::with(&ATTEMPTS_COUNTED, &[AttemptsCounted { number: 1 }]);
        let mut settings = settings();
        settings.retry.max_attempts = 5;
        let report = bus.consume_until(settings, |report| report.dead == 1);
        assert_eq!(RUNS.each_ref().map(Runs::get), [3, 1, 5, 1]);
        assert_eq!((report.failed_attempts, report.done), (10, 0));
        let told = [("once", "1"), ("permanent", "1"), ("thrice", "3"), ("usual", "5")]
            .map(|(name, attempts)| (format!("bus_memory::policy::attempts::{name}"), attempts.to_owned()));
        assert_eq!(bus.given_up(), told);
    }
}

mod pauses {
    use super::*;

    /// Of receivers that fail.
    #[signal("org.example.policy.pauses.kept.v1")]
    pub struct PausesKept {
        pub number: i64,
    }

    static PATIENT: Runs = Runs::new();
    static EAGER: Runs = Runs::new();
    static LATE: Runs = Runs::new();
    static DONE: Runs = Runs::new();

    /// Its pause is longer than the longest one of the settings.
    #[receiver(PAUSES_KEPT, initial_backoff = "1000000h")]
    fn patient() -> Result<(), BoxError> {
        PATIENT.add();
        Err("not yet".into())
    }

    #[receiver(PAUSES_KEPT, max_attempts = 20)]
    fn eager() -> Result<(), BoxError> {
        if EAGER.add() < 9 { Err("not yet".into()) } else { Ok(()) }
    }

    #[receiver(PAUSES_KEPT, max_attempts = 20, initial_backoff = "2ms", max_backoff = "3ms")]
    async fn late() -> Result<(), BoxError> {
        yield_now().await;
        if LATE.add() < 5 { Err("not yet".into()) } else { Ok(()) }
    }

    #[receiver(PAUSES_KEPT)]
    fn done() {
        DONE.add();
    }

    #[test]
    fn only_receivers_whose_time_has_come_are_run_again() {
        let bus = Bus::with(&PAUSES_KEPT, &[PausesKept { number: 1 }]);
        let consumer = bus.consume(settings());
        wait_until("the eager ones are done", || EAGER.get() == 10 && LATE.get() == 6);
        assert_eq!((consumer.in_flight(), consumer.report().done), (1, 0));
        let report = consumer.stop(DEADLINE).expect("stopped");
        assert_eq!([&PATIENT, &EAGER, &LATE, &DONE].map(Runs::get), [1, 10, 6, 1]);
        assert_eq!((report.failed_attempts, report.dead_letters()), (1 + 9 + 5, 0));
        // It is not done, and so comes again.
        let group = bus.memory.groups(&bus.topic).expect("groups").remove(0);
        assert_ne!((group.lag, group.pending), (Some(0), 0), "{group:?}");
    }

    /// Of a receiver that is quick to try again.
    #[signal("org.example.policy.pauses.shortened.v1")]
    pub struct PausesShortened {
        pub number: i64,
    }

    static QUICK: Runs = Runs::new();
    static CAPPED: Runs = Runs::new();

    #[receiver(PAUSES_SHORTENED, max_attempts = 4, initial_backoff = "1ms", max_backoff = "1ms")]
    fn quick() -> Result<(), BoxError> {
        QUICK.add();
        Err("not yet".into())
    }

    #[receiver(PAUSES_SHORTENED, max_attempts = 4, max_backoff = "1ms")]
    fn capped() -> Result<(), BoxError> {
        CAPPED.add();
        Err("not yet".into())
    }

    #[test]
    fn a_receivers_pauses_go_before_those_of_the_settings() {
        let bus = Bus::with(&PAUSES_SHORTENED, &[PausesShortened { number: 1 }]);
        let mut settings = settings();
        settings.retry.initial_backoff = Duration::MAX / 2;
        settings.retry.max_backoff = Duration::MAX;
        bus.consume_until(settings, |report| report.dead == 1);
        assert_eq!([&QUICK, &CAPPED].map(Runs::get), [4, 4]);
    }
}

mod dedup {
    use super::*;

    /// Published twice.
    #[signal("org.example.policy.doubles.published.v1")]
    pub struct DoublesPublished {
        pub number: i64,
    }

    static REMEMBERED: Runs = Runs::new();
    static FORGOTTEN: Runs = Runs::new();

    #[receiver(DOUBLES_PUBLISHED, dedup)]
    fn remembered() {
        REMEMBERED.add();
    }

    #[receiver(DOUBLES_PUBLISHED)]
    fn forgotten() {
        FORGOTTEN.add();
    }

    #[test]
    fn only_who_asks_for_it_has_it() {
        let bus = Bus::with(&DOUBLES_PUBLISHED, &[]);
        let message = message(&DOUBLES_PUBLISHED, &DoublesPublished { number: 1 });
        bus.publish(&message);
        bus.publish(&message);
        let mut settings = settings();
        // One after the other: what runs at the same time is not done yet.
        settings.workers = 1;
        let report = bus.consume_until(settings, |report| report.done == 2);
        assert_eq!((REMEMBERED.get(), FORGOTTEN.get(), report.repeats), (1, 2, 1));
    }

    /// Heard by closures of one name.
    #[signal("org.example.policy.names.shared.v1")]
    pub struct NamesShared {
        pub number: i64,
    }

    #[test]
    fn what_one_has_done_is_not_taken_for_what_its_namesake_has() {
        logs::collect();
        let runs = [const { Runs::new() }; 3].map(Arc::new);
        let names = ["namesake", "namesake", "of its own name"];
        let connections = [0, 1, 2].map(|number| {
            let runs = Arc::clone(&runs[number]);
            NAMES_SHARED.connect(names[number], move |_, _| {
                runs.add();
                Ok(())
            })
        });
        let bus = Bus::with(&NAMES_SHARED, &[]);
        let message = message(&NAMES_SHARED, &NamesShared { number: 1 });
        bus.publish(&message);
        bus.publish(&message);
        let mut settings = settings();
        (settings.workers, settings.dedup) = (1, true);
        let report = bus.consume_until(settings, |report| report.done == 2);
        // Twice is better than never.
        assert_eq!((runs.each_ref().map(|runs| runs.get()), report.repeats), ([2, 2, 1], 1));
        let is_told = |record: &logs::Record| record.field("receiver") == "namesake";
        assert_eq!(logs::all().into_iter().filter(is_told).count(), 1);
        drop(connections);
    }
}

mod time_limits {
    use super::*;

    /// Of an async receiver that hangs.
    #[signal("org.example.policy.limits.enforced.v1")]
    pub struct LimitsEnforced {
        pub number: i64,
    }

    static ASYNC: Runs = Runs::new();
    static DROPPED: Runs = Runs::new();

    struct CountsDrop;

    impl Drop for CountsDrop {
        fn drop(&mut self) {
            DROPPED.add();
        }
    }

    #[receiver(LIMITS_ENFORCED, timeout = "20ms")]
    async fn hangs_twice() {
        if ASYNC.add() < 2 {
            let _counts = CountsDrop;
            pending::<()>().await;
        }
    }

    #[test]
    fn an_async_receiver_is_dropped_and_run_again() {
        let bus = Bus::with(&LIMITS_ENFORCED, &[LimitsEnforced { number: 1 }]);
        let report = bus.consume_until(settings(), |report| report.done == 1);
        assert_eq!((ASYNC.get(), DROPPED.get()), (3, 2));
        assert_eq!((report.failed_attempts, report.overdue, report.dead_letters()), (2, 0, 0));
    }

    /// Of a sync receiver that does not come to its end, or of one that may take its time.
    #[signal("org.example.policy.limits.passed.v1")]
    pub struct LimitsPassed {
        pub is_slow: bool,
    }

    static SLOW: Runs = Runs::new();
    static OVERDUE: Runs = Runs::new();
    static MAY_END: AtomicBool = AtomicBool::new(false);

    fn wait_for_the_end() {
        wait_until("the receivers may end", || MAY_END.load(Ordering::SeqCst));
    }

    #[receiver(LIMITS_PASSED, timeout = "1h")]
    fn may_be_slow(is_slow: bool) {
        if is_slow {
            SLOW.add();
            wait_for_the_end();
        }
    }

    /// Its limit is that of the settings.
    #[receiver(LIMITS_PASSED)]
    fn may_not_be_slow(is_slow: bool) {
        if !is_slow {
            OVERDUE.add();
            wait_for_the_end();
        }
    }

    #[test]
    fn an_overdue_sync_receiver_is_counted_and_not_run_again() {
        let bus = Bus::with(&LIMITS_PASSED, &[LimitsPassed { is_slow: true }]);
        let mut settings = settings();
        settings.timeout = Some(Duration::from_millis(300));
        // It does not hold for a receiver that is given more time.
        settings.stuck_after = Some(DEADLINE * 2);
        let consumer = bus.consume(settings);
        wait_until("the slow one runs", || SLOW.get() == 1);
        // The keeper looks at both at once, and the slow one has run for longer.
        bus.publish(&message(&LIMITS_PASSED, &LimitsPassed { is_slow: false }));
        wait_until("one is overdue", || consumer.report().overdue == 1);
        MAY_END.store(true, Ordering::SeqCst);
        wait_until("both are done", || consumer.report().done == 2);
        let report = consumer.stop(DEADLINE).expect("stopped");
        assert_eq!((SLOW.get(), OVERDUE.get()), (1, 1));
        assert_eq!((report.overdue, report.failed_attempts), (1, 0));
    }

    /// Of an async receiver that blocks.
    #[signal("org.example.policy.limits.blocked.v1")]
    pub struct LimitsBlocked {
        pub number: i64,
    }

    static MAY_GO_ON: AtomicBool = AtomicBool::new(false);

    #[receiver(LIMITS_BLOCKED, timeout = "1ms")]
    async fn blocks() {
        yield_now().await;
        wait_until("the receiver may go on", || MAY_GO_ON.load(Ordering::SeqCst));
    }

    #[test]
    fn an_async_receiver_that_cannot_be_dropped_is_counted() {
        let bus = Bus::with(&LIMITS_BLOCKED, &[LimitsBlocked { number: 1 }]);
        let consumer = bus.consume(settings());
        wait_until("it is overdue", || consumer.report().overdue == 1);
        MAY_GO_ON.store(true, Ordering::SeqCst);
        wait_until("it is done", || consumer.report().done == 1);
        assert_eq!(consumer.stop(DEADLINE).expect("stopped").failed_attempts, 0);
    }

    /// Of receivers that take longer than the consumer bears.
    #[signal("org.example.policy.limits.outlasted.v1")]
    pub struct LimitsOutlasted {
        pub is_slow: bool,
    }

    static OUTLASTING: Runs = Runs::new();
    static IS_STOPPED: AtomicBool = AtomicBool::new(false);

    #[receiver(LIMITS_OUTLASTED, timeout = "1h")]
    fn may_outlast(is_slow: bool) {
        if is_slow {
            OUTLASTING.add();
            wait_until("the consumer has stopped", || IS_STOPPED.load(Ordering::SeqCst));
        }
    }

    #[receiver(LIMITS_OUTLASTED)]
    fn is_stuck(is_slow: bool) {
        if !is_slow {
            wait_until("the consumer has stopped", || IS_STOPPED.load(Ordering::SeqCst));
        }
    }

    #[test]
    fn who_is_given_more_time_is_not_stuck_before_it_is_over() {
        let bus = Bus::with(&LIMITS_OUTLASTED, &[LimitsOutlasted { is_slow: true }]);
        let mut settings = settings();
        settings.stuck_after = Some(Duration::from_millis(1));
        let consumer = bus.consume(settings);
        wait_until("the slow one runs", || OUTLASTING.get() == 1);
        bus.publish(&message(&LIMITS_OUTLASTED, &LimitsOutlasted { is_slow: false }));
        wait_until("the other one is stuck", || consumer.has_ended());
        let end = consumer.stop(Duration::ZERO);
        IS_STOPPED.store(true, Ordering::SeqCst);
        match end {
            Err(StopError::Stuck { receiver, .. }) => {
                assert_eq!(receiver, "bus_memory::policy::time_limits::is_stuck");
            }
            other => panic!("{other:?}"),
        }
    }
}

mod settings_of_receivers {
    use super::*;

    /// Of receivers that the settings know by their paths.
    #[signal("org.example.policy.settings.followed.v1")]
    pub struct SettingsFollowed {
        pub number: i64,
    }

    static NAMED: Runs = Runs::new();
    static OTHER: Runs = Runs::new();

    const PATH: &str = "bus_memory::policy::settings_of_receivers::named";

    #[receiver(SETTINGS_FOLLOWED, max_attempts = 5, initial_backoff = "1000000h", max_backoff = "2000000h")]
    fn named() -> Result<(), BoxError> {
        NAMED.add();
        Err("no".into())
    }

    #[receiver(SETTINGS_FOLLOWED, max_attempts = 3)]
    fn other() -> Result<(), BoxError> {
        OTHER.add();
        Err("no".into())
    }

    #[test]
    fn they_go_before_what_a_receiver_declares() {
        let bus = Bus::with(&SETTINGS_FOLLOWED, &[SettingsFollowed { number: 1 }]);
        let pause = Duration::from_millis(1);
        let policy = DeliveryPolicy::new().max_attempts(2).initial_backoff(pause).max_backoff(pause);
        bus.consume_until(settings_of(PATH, policy), |report| report.dead == 1);
        assert_eq!((NAMED.get(), OTHER.get()), (2, 3));
    }

    /// Of closures.
    #[signal("org.example.policy.closures.connected.v1")]
    pub struct ClosuresConnected {
        pub number: i64,
    }

    #[test]
    fn closures_have_the_settings() {
        let (known, unknown) = (Arc::new(Runs::new()), Arc::new(Runs::new()));
        let connections = [("known closure", &known), ("unknown closure", &unknown)].map(|(name, runs)| {
            let runs = Arc::clone(runs);
            CLOSURES_CONNECTED.connect(name, move |_, _| {
                runs.add();
                Err("no".into())
            })
        });
        let bus = Bus::with(&CLOSURES_CONNECTED, &[ClosuresConnected { number: 1 }]);
        let mut settings = settings_of("known closure", DeliveryPolicy::new().max_attempts(2));
        settings.retry.max_attempts = 4;
        bus.consume_until(settings, |report| report.dead == 1);
        assert_eq!((known.get(), unknown.get()), (2, 4));
        drop(connections);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_the_start() {
        let bus = Bus::with(&SETTINGS_FOLLOWED, &[]);
        let (long, short) = (Duration::from_secs(2), Duration::from_secs(1));
        let mut settings = settings_of(
            PATH,
            DeliveryPolicy::new()
                .max_attempts(0)
                .initial_backoff(long)
                .max_backoff(short)
                .timeout(Duration::ZERO),
        );
        settings.receivers.insert(PATH.replace("named", "nammed"), DeliveryPolicy::new().dedup());
        let error = bus.try_consume(settings).expect_err("wrong settings");
        assert_eq!(error.exit_code(), 2);
        let error = error.to_string();
        for told in [
            format!("of the receiver `{PATH}`: `max_attempts` must be at least 1"),
            format!("of the receiver `{PATH}`: `max_backoff` is shorter than `initial_backoff`"),
            format!("of the receiver `{PATH}`: `timeout` must not be zero"),
            "the program has no receiver `bus_memory::policy::settings_of_receivers::nammed`, did you mean \
             `bus_memory::policy::settings_of_receivers::named`"
                .to_owned(),
        ] {
            assert!(error.contains(&told), "{told} in {error}");
        }
    }
}

mod in_process {
    use super::*;

    /// Sent without a bus.
    #[signal("org.example.policy.bus.absent.v1")]
    pub struct BusAbsent {
        pub number: i64,
    }

    static ABSENT: Runs = Runs::new();

    #[receiver(
        BUS_ABSENT,
        max_attempts = 8,
        initial_backoff = "1ms",
        max_backoff = "2ms",
        timeout = "1ms",
        dedup
    )]
    fn fails() -> Result<(), BoxError> {
        ABSENT.add();
        Err("no".into())
    }

    #[test]
    fn a_policy_has_no_meaning() {
        let responses = BUS_ABSENT.send_event(BusAbsent { number: 1 });
        assert_eq!((responses.errors().count(), ABSENT.get()), (1, 1));
        let policy = responses.iter().next().expect("a receiver").receiver.delivery;
        let millis = Duration::from_millis;
        let declared =
            DeliveryPolicy::new().max_attempts(8).initial_backoff(millis(1)).max_backoff(millis(2));
        assert_eq!(policy, declared.timeout(millis(1)).dedup());
    }

    #[test]
    fn a_policy_is_written_as_it_is_declared() {
        let hours = |hours: u64| Duration::from_secs(hours * 3600);
        let policy =
            DeliveryPolicy::new().max_attempts(8).initial_backoff(Duration::from_millis(1500)).dedup();
        assert_eq!(policy.to_string(), "max_attempts = 8, initial_backoff = \"1500ms\", dedup");
        let policy = DeliveryPolicy::new().max_backoff(hours(36)).timeout(Duration::from_secs(90));
        assert_eq!(policy.to_string(), "max_backoff = \"36h\", timeout = \"90s\"");
        assert_eq!(DeliveryPolicy::new().timeout(hours(1) / 2).to_string(), "timeout = \"30m\"");
        assert_eq!(DeliveryPolicy::new().to_string(), "");
    }
}
