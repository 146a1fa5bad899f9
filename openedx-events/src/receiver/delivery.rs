//! What a receiver asks of the event bus: [`DeliveryPolicy`].

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// How the event bus delivers to one receiver: what [`receiver`](macro@crate::receiver) was given, and what the settings
/// of a consumer say of the receiver.
///
/// What is not set is as the settings of the consumer have it for all receivers. In process it has no meaning:
/// `send_event` and `send_event_async` run each receiver once, without a time limit.
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
    /// How often the receiver is run at most for an event, from 1 on.
    pub max_attempts: Option<u32>,
    /// The longest pause after the first attempt; it doubles with each one. The pause is a random part of it.
    pub initial_backoff: Option<Duration>,
    /// No pause is longer.
    pub max_backoff: Option<Duration>,
    /// The longest that the receiver may take for one event. An async one is dropped then, and has failed; a sync one
    /// cannot be stopped, and is told of.
    pub timeout: Option<Duration>,
    /// Whether the events that the receiver has done are remembered by their ids, so that it does none of them twice.
    /// Where the settings want it, `false` here does not take it away.
    pub dedup: bool,
}

impl DeliveryPolicy {
    /// Nothing is set.
    pub const fn new() -> Self {
        Self { max_attempts: None, initial_backoff: None, max_backoff: None, timeout: None, dedup: false }
    }

    /// Runs the receiver so often at most, from 1 on.
    #[must_use]
    pub const fn max_attempts(mut self, max_attempts: u32) -> Self {
        self.max_attempts = Some(max_attempts);
        self
    }

    /// The longest pause after the first attempt.
    #[must_use]
    pub const fn initial_backoff(mut self, pause: Duration) -> Self {
        self.initial_backoff = Some(pause);
        self
    }

    /// The longest pause of all.
    #[must_use]
    pub const fn max_backoff(mut self, pause: Duration) -> Self {
        self.max_backoff = Some(pause);
        self
    }

    /// The longest that one run may take.
    #[must_use]
    pub const fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = Some(limit);
        self
    }

    /// Remembers the events that the receiver has done.
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

/// As the attribute's arguments are written; nothing where nothing is set.
impl fmt::Display for DeliveryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let time = |name, time: Option<Duration>| Some(format!("{name} = \"{}\"", InUnits(time?)));
        let arguments = [
            self.max_attempts.map(|max_attempts| format!("max_attempts = {max_attempts}")),
            time("initial_backoff", self.initial_backoff),
            time("max_backoff", self.max_backoff),
            time("timeout", self.timeout),
            self.dedup.then(|| "dedup".to_owned()),
        ];
        let arguments: Vec<_> = arguments.into_iter().flatten().collect();
        f.write_str(&arguments.join(", "))
    }
}

/// A time as the attribute takes it: a whole number and its unit; written with the largest one that it is whole in.
pub(crate) struct InUnits(pub(crate) Duration);

/// Not a whole number from 1 on with its unit.
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
            // Nothing that an attribute can say.
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
