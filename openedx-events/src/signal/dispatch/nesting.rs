//! How deep sends nest on one thread: receivers that send in a circle are refused by name, before the stack overflows.
//!
//! Only a count is kept on the way down. The receivers of the last [`NOTED`] sends before the limit are noted as well, so
//! that the refusal can name the circle; no send that is less deep pays for that.

use std::cell::{Cell, RefCell};
use std::fmt::Write as _;

use crate::receiver::ReceiverInfo;
use crate::signal::any::AnySignal;
use crate::signal::undelivered::Undelivered;

/// How deep sends may nest. The send of a receiver is one deeper than the one that called the receiver.
///
/// A thread has 2 MiB of stack by default. Of these 64 nested sends take at most 768 KiB in a debug build, where they are
/// awaited, and 256 KiB in a release build; the rest is for the receivers, 20 KiB for each.
pub(crate) const MAX_DEPTH: u32 = 64;

/// The number of sends before the limit whose receivers are noted: a circle of this many, or fewer, is named as a whole.
const NOTED: u32 = 16;

/// After this many refusals under one send, the receivers below it are refused every send. Receivers that send twice
/// would otherwise go on for 2^64 sends.
const MAX_REFUSALS: u32 = 32;

/// A receiver this deep may send again, whatever was refused below it. Not the outermost send alone: a program may do
/// all of its work in a receiver.
const SHALLOW: u32 = 2;

/// The bits of [`DEPTH`] that are the depth. Those above are the number of refusals.
const DEPTH_BITS: u32 = (1 << 16) - 1;
const ONE_REFUSAL: u32 = DEPTH_BITS + 1;

thread_local! {
    /// The depth, and the number of refusals since the last shallow send. One number, so that a send compares once.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Whether a refusal is being logged.
    static LOGGING: Cell<bool> = const { Cell::new(false) };
    static TRAIL: RefCell<Trail> = const { RefCell::new(Trail { steps: Vec::new(), circle: String::new() }) };
}

/// The sends close to the limit.
struct Trail {
    steps: Vec<Step>,
    /// The circle that was refused last.
    circle: String,
}

struct Step {
    event_type: &'static str,
    /// The receiver that is being called.
    receiver: String,
}

/// Whether a send has to be admitted by [`enter`]. Otherwise [`Nested::new`] is enough.
#[inline]
pub(crate) fn is_deep() -> bool {
    DEPTH.get() >= MAX_DEPTH - NOTED
}

/// Whether sends are refused here, or have been not long ago.
#[inline]
pub(crate) fn is_refused() -> bool {
    DEPTH.get() > MAX_DEPTH
}

/// Whether this is so deep that even what refused sends leave behind is a circle.
pub(crate) fn is_far_beyond() -> bool {
    DEPTH.get() & DEPTH_BITS > MAX_DEPTH + NOTED
}

/// A send that is calling its receivers.
pub(crate) struct Nested {
    is_noted: bool,
}

impl Nested {
    /// A send where it is not [deep](is_deep).
    #[inline]
    pub(crate) fn new() -> Self {
        DEPTH.set(DEPTH.get().wrapping_add(1));
        Self { is_noted: false }
    }

    fn noted(event_type: &'static str) -> Self {
        let step = Step { event_type, receiver: String::new() };
        let mut nested = Self::new();
        // A thread that ends may have lost it.
        nested.is_noted = TRAIL.try_with(|trail| trail.borrow_mut().steps.push(step)).is_ok();
        nested
    }

    /// Notes the receiver that is called next.
    #[inline]
    pub(crate) fn call(&self, receiver: &ReceiverInfo) {
        if self.is_noted {
            note(receiver);
        }
    }
}

#[cold]
fn note(receiver: &ReceiverInfo) {
    let receiver = receiver.path.clone().into_owned();
    // A thread that ends may have lost it.
    let _ = TRAIL.try_with(|trail| {
        if let Some(step) = trail.borrow_mut().steps.last_mut() {
            step.receiver = receiver;
        }
    });
}

impl Drop for Nested {
    #[inline]
    fn drop(&mut self) {
        DEPTH.set(DEPTH.get().wrapping_sub(1));
        if self.is_noted {
            let _ = TRAIL.try_with(|trail| trail.borrow_mut().steps.pop());
        }
    }
}

/// Why a send calls no receiver.
pub(crate) enum Refused {
    Undelivered(Undelivered),
    /// It is too deep. The text names the circle.
    TooDeep(String),
}

impl From<Undelivered> for Refused {
    fn from(reason: Undelivered) -> Self {
        Self::Undelivered(reason)
    }
}

/// Nests a send.
///
/// # Errors
///
/// It is too deep.
#[inline]
pub(crate) fn enter(signal: &'static dyn AnySignal) -> Result<Nested, Refused> {
    if is_deep() { enter_deep(signal.event_type()) } else { Ok(Nested::new()) }
}

#[cold]
fn enter_deep(event_type: &'static str) -> Result<Nested, Refused> {
    let (depth, mut refusals) = (DEPTH.get() & DEPTH_BITS, DEPTH.get() / ONE_REFUSAL);
    if depth <= SHALLOW && refusals > 0 {
        DEPTH.set(depth);
        refusals = 0;
    }
    if depth >= MAX_DEPTH || refusals >= MAX_REFUSALS {
        DEPTH.set(DEPTH.get().saturating_add(ONE_REFUSAL));
        return Err(Refused::TooDeep(refusal(event_type, depth, refusals)));
    }
    Ok(if depth + NOTED < MAX_DEPTH { Nested::new() } else { Nested::noted(event_type) })
}

/// Nests what one poll of an async receiver does. It was admitted before it was first polled.
#[inline]
pub(crate) fn enter_poll(event_type: &'static str, receiver: &ReceiverInfo) -> Nested {
    if is_deep() { enter_deep_poll(event_type, receiver) } else { Nested::new() }
}

#[cold]
fn enter_deep_poll(event_type: &'static str, receiver: &ReceiverInfo) -> Nested {
    let depth = DEPTH.get() & DEPTH_BITS;
    if depth <= SHALLOW {
        DEPTH.set(depth);
    }
    if depth + NOTED < MAX_DEPTH {
        return Nested::new();
    }
    let nested = Nested::noted(event_type);
    nested.call(receiver);
    nested
}

#[cold]
fn refusal(event_type: &'static str, depth: u32, refusals: u32) -> String {
    let circle = TRAIL.try_with(|trail| {
        let Trail { steps, circle } = &mut *trail.borrow_mut();
        if depth >= MAX_DEPTH {
            *circle = describe(steps, event_type);
        }
        circle.clone()
    });
    let circle = circle.unwrap_or_default();
    if depth >= MAX_DEPTH {
        format!("sends nest {MAX_DEPTH} deep: {circle}")
    } else {
        format!("receivers have sent in a circle {refusals} times, and no longer may: {circle}")
    }
}

/// Logs a refusal, unless whatever takes the log has sent this event for a refusal: that would be another circle.
pub(crate) fn log_refusal(log: impl FnOnce()) {
    struct Logged;

    impl Drop for Logged {
        fn drop(&mut self) {
            LOGGING.set(false);
        }
    }

    if !LOGGING.replace(true) {
        let _logged = Logged;
        log();
    }
}

/// The last sends, beginning with the last one of this type.
fn describe(steps: &[Step], event_type: &str) -> String {
    let start = steps.iter().rposition(|step| step.event_type == event_type);
    let mut text = if start.is_some() { String::new() } else { "… -> ".to_owned() };
    for Step { event_type, receiver } in &steps[start.unwrap_or(0)..] {
        // Writing to a String does not fail.
        let _ = write!(text, "{event_type} ({receiver}) -> ");
    }
    text + event_type
}
