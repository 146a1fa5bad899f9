//! Which receivers are on, as the configuration says: [`Wiring`].

mod error;
mod problems;
mod read;
mod setting;

use std::collections::BTreeMap;

use self::setting::Setting;
use super::registration::Registration;
use super::{prepared, registry_summary};
pub use error::{WiringError, WiringProblem};

/// The name of the setting.
pub(crate) const EVENT_RECEIVERS: &str = "EVENT_RECEIVERS";

/// Which receivers are on, and which events they receive: the setting `EVENT_RECEIVERS`.
///
/// Each receiver is named by its path, as `list` and the log show it. What the setting does not name is on, unless the code says
/// `#[receiver(SIGNAL, off)]`. The compiler still checks what a receiver takes: the setting turns receivers on and off and narrows
/// what they receive, and connects none to an event that its code does not take.
///
/// | member | meaning |
/// |---|---|
/// | `enabled` | `false` turns the receiver off, `true` turns on one that is `off` in the code |
/// | `events` | the event types that it receives, of those that it takes in the code; `org.example.library.*` stands for all types that begin so. Turns on a receiver that is `off` in the code, unless `enabled` is `false` |
///
/// With the event bus it is a setting among [the others](crate::bus::BusSettings::wiring), and is applied where these are used.
/// Without the bus, read it from the [environment](Self::environment) or from [JSON](Self::json), or build it in code, and
/// [apply](Self::apply) it before anything is sent:
///
/// ```standalone_crate
/// use openedx_events::{Wiring, receiver, signal};
///
/// #[signal("org.example.shop.order.placed.v1")]
/// pub struct OrderPlaced {
///     pub number: i64,
/// }
///
/// #[receiver(ORDER_PLACED)]
/// fn pack(number: i64) {
///     println!("packed {number}");
/// }
///
/// #[receiver(ORDER_PLACED, off)]
/// fn insure(number: i64) {
///     println!("insured {number}");
/// }
///
/// fn main() -> Result<(), openedx_events::WiringError> {
///     let insure = concat!(module_path!(), "::insure");
///     let json = format!(r#"{{"{insure}": {{"enabled": true}}}}"#);
///     Wiring::json("settings.json", &json)?.apply()?;
///
///     let responses = ORDER_PLACED.send_event(OrderPlaced { number: 7 });
///     assert_eq!(responses.len(), 2);
///     Ok(())
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wiring {
    /// By the paths of the receivers.
    settings: BTreeMap<String, Setting>,
}

impl Wiring {
    /// Every receiver is as its code says.
    pub const fn new() -> Self {
        Self { settings: BTreeMap::new() }
    }

    /// Turns a receiver on, if it is `off` in the code.
    #[must_use]
    pub fn enable(self, path: impl Into<String>) -> Self {
        self.set(path, |setting| setting.enabled = Some(true))
    }

    /// Turns a receiver off.
    #[must_use]
    pub fn disable(self, path: impl Into<String>) -> Self {
        self.set(path, |setting| setting.enabled = Some(false))
    }

    /// Sets the event types that a receiver receives, of those that it takes in the code; `org.example.library.*` stands for
    /// all types that begin so.
    #[must_use]
    pub fn events<T: Into<String>>(
        self,
        path: impl Into<String>,
        events: impl IntoIterator<Item = T>,
    ) -> Self {
        let events = events.into_iter().map(Into::into).collect();
        self.set(path, |setting| setting.events = Some(events))
    }

    fn set(mut self, path: impl Into<String>, set: impl FnOnce(&mut Setting)) -> Self {
        set(self.settings.entry(path.into()).or_insert_with(|| Setting::at("the code")));
        self
    }

    /// Whether every receiver is as its code says.
    pub fn is_empty(&self) -> bool {
        self.settings.is_empty()
    }

    /// Wires the receivers of the program so. Sends then pay nothing for it: what is off is not there.
    ///
    /// Call it at start-up, before anything is sent. Until then another wiring replaces this one. The same one may be applied
    /// again at any time.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, at once: receivers that the program does not have, with the nearest names, types that
    /// it does not have, and types that a receiver does not take. Or an event was sent before, or a signal was asked for its
    /// [receivers](crate::AnySignal::receivers): then they are final.
    pub fn apply(&self) -> Result<(), WiringError> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(WiringError::of(problems));
        }
        if prepared::wire(self)? {
            tracing::info!("EVENT_RECEIVERS is applied: {}", registry_summary());
        }
        Ok(())
    }

    /// The layers of the settings that name a receiver.
    #[cfg(feature = "cli")]
    pub(crate) fn place_of(&self, path: &str) -> Option<&str> {
        self.settings.get(path).map(|setting| setting.place.as_str())
    }

    /// Whether an event of some type reaches a receiver.
    pub(super) fn is_on_for_any(&self, receiver: &Registration) -> bool {
        match receiver.event_type() {
            Some(event_type) => self.is_on(receiver, event_type),
            None => self
                .settings
                .get(&*receiver.info.path)
                .map_or(!receiver.is_off, |setting| setting.is_enabled(receiver.is_off)),
        }
    }

    /// Whether an event of this type reaches a receiver.
    pub(super) fn is_on(&self, receiver: &Registration, event_type: &str) -> bool {
        match self.settings.get(&*receiver.info.path) {
            Some(setting) => setting.is_on(receiver.is_off, event_type),
            None => !receiver.is_off,
        }
    }
}
