//! A module where every name of the prelude is something else. Nothing generated may depend on any of them.

#![allow(dead_code, non_camel_case_types, unused_imports, unused_macros)]

use ::std::sync::atomic::{AtomicI64, Ordering};

use ::openedx_events::{EventData as Data, receiver as receives, signal as sends};

pub struct Result;
pub struct Option;
pub struct Vec;
pub struct String;
pub struct Box;
pub struct Some;
pub struct None;
pub struct Ok;
pub struct Err;
pub struct i64;
pub struct usize;
pub struct str;
pub struct bool;

pub trait Send {}
pub trait Sync {}
pub trait Copy {}
pub trait Clone {}
pub trait Debug {}
pub trait Default {}
pub trait Fn {}
pub trait FnOnce {}
pub trait Future {}
pub trait Into {}
pub trait From {}
pub trait EventData {}
pub trait EventField {}
pub trait Event {}
pub trait IntoEvent {}

mod core {}
mod std {}
mod alloc {}
mod openedx_events {}
mod inventory {}

pub struct Duration;
pub struct DeliveryPolicy;

macro_rules! concat {
    ($($any:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! module_path {
    ($($any:tt)*) => {
        compile_error!("not this one")
    };
}
macro_rules! unreachable {
    ($($any:tt)*) => {
        compile_error!("not this one")
    };
}

/// The types of the fields, by names that still mean what they say.
mod types {
    pub type Number = i64;
    pub type Text = String;
    pub type Texts = Vec<String>;
    pub type OptionalText = Option<String>;
    pub type Done = Result<(), std::fmt::Error>;
    pub const DONE: Done = Ok(());
}
use types::{DONE, Done, Number, OptionalText, Text, Texts};

static SEEN: AtomicI64 = AtomicI64::new(0);

#[derive(Data)]
pub struct Line {
    pub number: Number,
    #[event_data(pii)]
    pub address: Text,
    #[event_data(default)]
    pub tags: Texts,
    #[event_data(default = Number::MAX)]
    pub price: Number,
    pub note: OptionalText,
    pub kind: Kind,
}

#[derive(Data)]
#[event_data(serde)]
pub enum Kind {
    #[event_data(rename = "some")]
    Some,
    None,
    Ok,
    Err,
}

#[sends("org.example.shadowed.line.added.v1", key = line.number)]
pub struct LineAdded {
    pub line: Line,
}

#[receives(LINE_ADDED)]
fn sync(line: &Line, event: &LineAdded) -> Done {
    SEEN.fetch_add(line.number + event.line.price, Ordering::Relaxed);
    DONE
}

#[receives(
    LINE_ADDED,
    priority = 3,
    max_attempts = 2,
    initial_backoff = "1s",
    max_backoff = "1m",
    timeout = "1h",
    dedup
)]
async fn asynchronous(line: &Line) {
    SEEN.fetch_add(line.number, Ordering::Relaxed);
}

#[receives(any)]
fn every(signal: &dyn ::openedx_events::AnySignal) {
    let _ = signal;
}

#[test]
fn nothing_generated_depends_on_a_shadowed_name() {
    let line = Line {
        number: 1,
        address: Text::from("Paris"),
        tags: Texts::new(),
        price: 10,
        note: OptionalText::None,
        kind: Kind::Some,
    };
    let responses = LINE_ADDED.send_event(line);
    // The async receiver has no runtime here.
    ::std::assert_eq!(SEEN.load(Ordering::Relaxed), 11);
    ::std::assert_eq!(
        crate::own_receivers(&responses, "hygiene::shadowed"),
        ["every", "sync", "asynchronous"]
    );
}
