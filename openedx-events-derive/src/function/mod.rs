//! A function that an attribute registers: what `#[receiver]` and `#[pipeline_step]` have in common.

pub(crate) mod attributes;
pub(crate) mod lifetimes;
pub(crate) mod parameter;
pub(crate) mod signature;
pub(crate) mod spelling;
pub(crate) mod state;

use proc_macro2::{Span, TokenStream};

use self::attributes::Marker;

/// What an attribute makes of a function, in the words of its messages.
pub(crate) struct Role {
    /// The attribute, such as `#[receiver]`.
    pub(crate) attribute: &'static str,
    /// Such as `a receiver`.
    pub(crate) noun: &'static str,
    /// Such as `receivers`.
    pub(crate) nouns: &'static str,
    /// Where closures go, which the attribute does not take.
    pub(crate) closures: &'static str,
    /// Whose runtime an async one runs on.
    pub(crate) runtime: &'static str,
    /// Who calls it.
    pub(crate) call: &'static str,
    /// What a test does instead of being one.
    pub(crate) in_test: &'static str,
    /// The attributes that its parameters can have.
    pub(crate) markers: &'static [Marker],
}

impl Role {
    pub(crate) const RECEIVER: Self = Self {
        attribute: "#[receiver]",
        noun: "a receiver",
        nouns: "receivers",
        closures: "a closure is connected to a signal, with `ORDER_PLACED.connect(…)`",
        runtime: "a receiver runs on the sender's runtime",
        call: "a receiver is called with events",
        in_test: "send the event",
        markers: &[Marker::STATE],
    };

    pub(crate) const STEP: Self = Self {
        attribute: "#[pipeline_step]",
        noun: "a step",
        nouns: "steps",
        closures: "a closure is connected to a filter, with `PRICE_REQUESTED.connect(…)`",
        runtime: "a step runs on the runtime of the caller of the filter",
        call: "a step is called with the data of a filter",
        in_test: "run the filter",
        markers: &[Marker::STATE, Marker::OPTIONS],
    };
}

/// The places of the first and of the last token.
pub(crate) fn ends(tokens: &TokenStream) -> (Span, Span) {
    let mut tokens = tokens.clone().into_iter();
    let first = tokens.next().map_or_else(Span::call_site, |token| token.span());
    (first, tokens.last().map_or(first, |token| token.span()))
}
