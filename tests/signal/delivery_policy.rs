//! The delivery policy that a receiver declares for the bus.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use openedx_events::{BoxError, DeliveryPolicy, receiver, signal};

/// Sent without a bus.
#[signal("org.example.policy.bus.absent.v1")]
pub struct BusAbsent {
    pub number: i64,
}

static ABSENT: AtomicU32 = AtomicU32::new(0);

#[receiver(
    BUS_ABSENT,
    max_attempts = 8,
    initial_backoff = "1ms",
    max_backoff = "2ms",
    timeout = "1ms",
    dedup
)]
fn fails() -> Result<(), BoxError> {
    ABSENT.fetch_add(1, Ordering::SeqCst);
    Err("no".into())
}

#[test]
fn a_policy_has_no_effect_without_a_bus() {
    let responses = BUS_ABSENT.send_event(BusAbsent { number: 1 });
    assert_eq!((responses.errors().count(), ABSENT.load(Ordering::SeqCst)), (1, 1));
    let policy = responses.iter().next().expect("a receiver").receiver.delivery;
    let millis = Duration::from_millis;
    let declared = DeliveryPolicy::new().max_attempts(8).initial_backoff(millis(1)).max_backoff(millis(2));
    assert_eq!(policy, declared.timeout(millis(1)).dedup());
}

#[test]
fn a_policy_is_displayed_as_it_is_declared() {
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    let policy = DeliveryPolicy::new().max_attempts(8).initial_backoff(Duration::from_millis(1500)).dedup();
    assert_eq!(policy.to_string(), "max_attempts = 8, initial_backoff = \"1500ms\", dedup");
    let policy = DeliveryPolicy::new().max_backoff(hours(36)).timeout(Duration::from_secs(90));
    assert_eq!(policy.to_string(), "max_backoff = \"36h\", timeout = \"90s\"");
    assert_eq!(DeliveryPolicy::new().timeout(hours(1) / 2).to_string(), "timeout = \"30m\"");
    assert_eq!(DeliveryPolicy::new().to_string(), "");
}
