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

#[receiver(BUS_ABSENT, attempts = 8, first_pause = "1ms", longest_pause = "2ms", time_limit = "1ms", dedup)]
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
    let declared = DeliveryPolicy::new().attempts(8).first_pause(millis(1)).longest_pause(millis(2));
    assert_eq!(policy, declared.time_limit(millis(1)).dedup());
}

#[test]
fn a_policy_is_displayed_as_it_is_declared() {
    let hours = |hours: u64| Duration::from_secs(hours * 3600);
    let policy = DeliveryPolicy::new().attempts(8).first_pause(Duration::from_millis(1500)).dedup();
    assert_eq!(policy.to_string(), "attempts = 8, first_pause = \"1500ms\", dedup");
    let policy = DeliveryPolicy::new().longest_pause(hours(36)).time_limit(Duration::from_secs(90));
    assert_eq!(policy.to_string(), "longest_pause = \"36h\", time_limit = \"90s\"");
    assert_eq!(DeliveryPolicy::new().time_limit(hours(1) / 2).to_string(), "time_limit = \"30m\"");
    assert_eq!(DeliveryPolicy::new().to_string(), "");
}
