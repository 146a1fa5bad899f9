//! A module where every name of the prelude is something else. Nothing generated may depend on any of them.

#![allow(dead_code, non_camel_case_types, unused_imports, unused_macros)]

use ::std::sync::atomic::{AtomicI64, Ordering};

use ::openedx_events::{
    EventData as Data, filter as filters, pipeline_step as runs, receiver as receives, signal as sends,
};

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
pub trait FilterData {}
pub trait StepHalt {}
pub trait StepOutput {}
pub trait StepOptions {}

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
    pub type Passed = Result<(), Number>;
    pub const PASSED: Passed = Ok(());

    #[derive(serde::Deserialize)]
    pub struct Options {
        #[serde(default)]
        pub more: i64,
    }

    /// Derives mean the names of the prelude.
    #[openedx_events::filter("org.example.shadowed.price.requested.v1", halts = Number)]
    #[derive(Clone)]
    pub struct PriceRequested {
        pub number: Number,
        pub note: OptionalText,
        pub tags: Texts,
    }
}
use types::{DONE, Done, Number, OptionalText, PASSED, PRICE_REQUESTED, Passed, Text, Texts};

#[filters("org.example.shadowed.fee.requested.v1", async)]
pub struct FeeRequested {
    pub number: Number,
}

impl ::std::clone::Clone for FeeRequested {
    fn clone(&self) -> Self {
        Self { number: self.number }
    }
}

#[runs(PRICE_REQUESTED, priority = 3, on_failure = "pass_over")]
#[allow(clippy::trivially_copy_pass_by_ref, reason = "a state is taken by reference")]
fn change(
    number: &mut Number,
    tags: &Texts,
    note: &OptionalText,
    #[options] options: &types::Options,
    #[state] added: &Number,
) -> Passed {
    let _ = (tags, note);
    *number += *added + options.more;
    PASSED
}

#[runs(PRICE_REQUESTED)]
fn read(number: Number, _note: &OptionalText) {
    SEEN_BY_STEP.fetch_add(number, Ordering::Relaxed);
}

#[runs(FEE_REQUESTED)]
async fn change_async(number: &mut Number, #[state] added: &Number) -> ::std::ops::ControlFlow<()> {
    *number += *added;
    ::std::ops::ControlFlow::Continue(())
}

static SEEN_BY_STEP: AtomicI64 = AtomicI64::new(0);

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

#[test]
fn nothing_generated_for_filters_depends_on_a_shadowed_name() {
    ::openedx_events::provide::<Number>(10).unwrap();
    let price = types::PriceRequested { number: 1, note: OptionalText::None, tags: Texts::new() };
    ::std::assert_eq!(PRICE_REQUESTED.run_filter(price).unwrap().number, 11);
    ::std::assert_eq!(SEEN_BY_STEP.load(Ordering::Relaxed), 11);
    ::std::assert!(FEE_REQUESTED.info().is_async);
}
