//! What a receiver asks of the event bus: [`DeliveryPolicy`].

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How the event bus delivers to one receiver: the arguments of [`receiver`](macro@crate::receiver), overridden by what
/// the settings of a consumer say about this receiver.
///
/// What is not set is taken from the consumer's settings for all receivers. In process it has no effect: `send_event`
/// and `send_event_async` run each receiver once, without a timeout.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use openedx_events::DeliveryPolicy;
///
/// const PATIENT: DeliveryPolicy =
///     DeliveryPolicy::new().max_attempts(8).initial_backoff(Duration::from_millis(200)).max_backoff(Duration::from_secs(30));
///
/// assert_eq!(PATIENT.max_attempts, Some(8));
/// assert_eq!(PATIENT.to_string(), "max_attempts = 8, initial_backoff = \"200ms\", max_backoff = \"30s\"");
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DeliveryPolicy {
    /// Maximum number of attempts per event; at least 1.
    pub max_attempts: Option<u32>,
    /// Upper bound of the backoff after the first attempt; it doubles with each attempt. The backoff is a random part of
    /// the bound (full jitter).
    pub initial_backoff: Option<Duration>,
    /// Upper bound of every backoff.
    pub max_backoff: Option<Duration>,
    /// Timeout of one attempt. An async receiver is then dropped and has failed; a sync one cannot be stopped, and an
    /// error is logged.
    pub timeout: Option<Duration>,
    /// How long an event waits for the receiver while it does not work; it is then dead-lettered. Zero for not at all.
    pub outage_limit: Option<Duration>,
    /// Whether the ids of processed events are remembered, so that the receiver processes none of them twice. `false`
    /// does not turn off what the settings turn on.
    pub dedup: bool,
}

impl DeliveryPolicy {
    /// A policy that sets nothing.
    pub const fn new() -> Self {
        Self {
            max_attempts: None,
            initial_backoff: None,
            max_backoff: None,
            timeout: None,
            outage_limit: None,
            dedup: false,
        }
    }

    /// Sets the maximum number of attempts per event; at least 1.
    #[must_use]
    pub const fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = Some(max_attempts);
        self
    }

    /// Sets the upper bound of the backoff after the first attempt.
    #[must_use]
    pub const fn initial_backoff(mut self, backoff: Duration) -> Self {
        self.initial_backoff = Some(backoff);
        self
    }

    /// Sets the upper bound of every backoff.
    #[must_use]
    pub const fn max_backoff(mut self, backoff: Duration) -> Self {
        self.max_backoff = Some(backoff);
        self
    }

    /// Sets the timeout of one attempt.
    #[must_use]
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets how long an event waits for the receiver while it does not work; zero for not at all.
    #[must_use]
    pub const fn outage_limit(mut self, limit: Duration) -> Self {
        self.outage_limit = Some(limit);
        self
    }

    /// Remembers the ids of processed events, so that the receiver processes none of them twice.
    #[must_use]
    pub const fn dedup(mut self) -> Self {
        self.dedup = true;
        self
    }

    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::new()
    }
}

/// Written like the arguments of the attribute; empty if nothing is set.
impl fmt::Display for DeliveryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |name, time: Option<Duration>| Some(format!("{name} = \"{}\"", InUnits(time?)));
        let arguments = [
            self.max_attempts.map(|max_attempts| format!("max_attempts = {max_attempts}")),
            time("initial_backoff", self.initial_backoff),
            time("max_backoff", self.max_backoff),
            time("timeout", self.timeout),
            time("outage_limit", self.outage_limit),
            self.dedup.then(|| "dedup".to_owned()),
        ];
        let arguments: Vec<_> = arguments.into_iter().flatten().collect();
        f.write_str(&arguments.join(", "))
    }
}

/// A duration as the attribute takes it: a whole number with a unit. Written in the largest unit without a remainder.
pub(crate) struct InUnits(pub(crate) Duration);

/// Not a positive whole number with a unit.
pub(crate) struct NotInUnits;

impl FromStr for InUnits {
    type Err = NotInUnits;

    fn from_str(text: &str) -> Result<Self, NotInUnits> {
        let unit = text.find(|letter: char| !letter.is_ascii_digit()).ok_or(NotInUnits)?;
        let (number, unit) = text.split_at(unit);
        let millis = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            _ => return Err(NotInUnits),
        };
        let number: u64 = number.parse().map_err(|_| NotInUnits)?;
        let millis = number.checked_mul(millis).filter(|millis| *millis > 0);
        millis.map(Duration::from_millis).map(Self).ok_or(NotInUnits)
    }
}

impl fmt::Display for InUnits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = self.0;
        let (seconds, millis) = (time.as_secs(), time.as_millis());
        if !time.subsec_nanos().is_multiple_of(1_000_000) {
            // The attribute has no notation for it.
            return write!(f, "{time:?}");
        }
        match seconds {
            _ if time.subsec_nanos() != 0 => write!(f, "{millis}ms"),
            1.. if seconds.is_multiple_of(3600) => write!(f, "{}h", seconds / 3600),
            1.. if seconds.is_multiple_of(60) => write!(f, "{}m", seconds / 60),
            _ => write!(f, "{seconds}s"),
        }
    }
}
