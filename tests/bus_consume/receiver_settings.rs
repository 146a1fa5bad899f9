//! Consumer settings for single receivers.

use std::sync::Arc;
use std::time::Duration;

use openedx_events::bus::ConsumerSettings;
use openedx_events::{BoxError, DeliveryPolicy, receiver, signal};

use crate::bus::{Bus, Runs, settings};

/// With this policy for the receiver with this path or name.
fn settings_of(receiver: &str, policy: DeliveryPolicy) -> ConsumerSettings {
    let mut settings = settings();
    settings.receivers.insert(receiver.to_owned(), policy);
    settings
}

/// For receivers that the settings name by their paths.
#[signal("org.example.policy.settings.followed.v1")]
pub struct SettingsFollowed {
    pub number: i64,
}

static NAMED: Runs = Runs::new();
static OTHER: Runs = Runs::new();

const PATH: &str = "bus_consume::receiver_settings::named";

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
fn they_override_what_a_receiver_declares() {
    let bus = Bus::with(&SETTINGS_FOLLOWED, &[SettingsFollowed { number: 1 }]);
    let pause = Duration::from_millis(1);
    let policy = DeliveryPolicy::new().max_attempts(2).initial_backoff(pause).max_backoff(pause);
    bus.consume_until(settings_of(PATH, policy), |report| report.dead == 1);
    assert_eq!((NAMED.get(), OTHER.get()), (2, 3));
}

/// For closures.
#[signal("org.example.policy.closures.connected.v1")]
pub struct ClosuresConnected {
    pub number: i64,
}

#[test]
fn settings_apply_to_closures() {
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
fn all_problems_are_reported_at_the_start() {
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
    for expected in [
        format!("of the receiver `{PATH}`: `max_attempts` must be at least 1"),
        format!("of the receiver `{PATH}`: `max_backoff` is shorter than `initial_backoff`"),
        format!("of the receiver `{PATH}`: `timeout` must not be zero"),
        "the program has no receiver `bus_consume::receiver_settings::nammed`, did you mean \
         `bus_consume::receiver_settings::named`"
            .to_owned(),
    ] {
        assert!(error.contains(&expected), "{expected} in {error}");
    }
}
