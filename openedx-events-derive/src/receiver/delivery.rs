//! The arguments of `#[receiver]` for the event bus: [`Delivery`].

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitInt, LitStr};

use crate::attr::{self, Slot};
use crate::ctxt::Ctxt;
use crate::krate::Krate;

/// The arguments for the event bus, as far as they are read.
pub(super) struct Delivery {
    /// The arguments that are given, as they stand in the attribute.
    given: Vec<Ident>,
    max_attempts: Slot<u32>,
    initial_backoff: Slot<Duration>,
    max_backoff: Slot<Duration>,
    timeout: Slot<Duration>,
    outage_limit: Slot<Duration>,
    dedup: Slot<()>,
}

impl Delivery {
    /// Their names.
    pub(super) const NAMES: [&'static str; 6] =
        ["max_attempts", "initial_backoff", "max_backoff", "timeout", "outage_limit", "dedup"];

    pub(super) const fn new() -> Self {
        Self {
            given: Vec::new(),
            max_attempts: Slot::new("`max_attempts`"),
            initial_backoff: Slot::new("`initial_backoff`"),
            max_backoff: Slot::new("`max_backoff`"),
            timeout: Slot::new("`timeout`"),
            outage_limit: Slot::new("`outage_limit`"),
            dedup: Slot::new("`dedup`"),
        }
    }

    /// Reads the argument of this name. Returns whether it is one of these.
    pub(super) fn argument(
        &mut self,
        ctxt: &Ctxt,
        input: ParseStream<'_>,
        name: &Ident,
    ) -> syn::Result<bool> {
        match name.to_string().as_str() {
            "max_attempts" => {
                let what = "an unsigned 32-bit integer of at least 1";
                let Attempts(max_attempts) = attr::value(input, name, what, "5")?;
                self.max_attempts.set(ctxt, name, max_attempts);
            }
            "initial_backoff" => self.initial_backoff.set(ctxt, name, duration(input, name, "\"200ms\"")?),
            "max_backoff" => self.max_backoff.set(ctxt, name, duration(input, name, "\"30s\"")?),
            "timeout" => self.timeout.set(ctxt, name, duration(input, name, "\"10s\"")?),
            "outage_limit" => self.outage_limit.set(ctxt, name, duration(input, name, "\"24h\"")?),
            "dedup" => {
                self.dedup.set(ctxt, name, ());
                attr::no_value(input, name)?;
            }
            _ => return Ok(false),
        }
        self.given.push(name.clone());
        Ok(true)
    }

    /// The arguments that are given, as they stand in the attribute.
    pub(super) fn given(&self) -> &[Ident] {
        &self.given
    }

    /// Checks the arguments against each other.
    pub(super) fn check(&self, ctxt: &Ctxt) {
        let (Some(initial), Some(max)) = (self.initial_backoff.peek(), self.max_backoff.peek()) else {
            return;
        };
        if max.millis < initial.millis {
            ctxt.error(
                &max.literal,
                format_args!(
                    "`max_backoff` is shorter than `initial_backoff`, \"{}\": give at least that, or remove it",
                    initial.literal.value()
                ),
            );
        }
    }

    /// `.delivery(DeliveryPolicy::new().max_attempts(8)…)`, or nothing if no argument is given.
    pub(super) fn expand(&self, krate: &Krate) -> Option<TokenStream> {
        let max_attempts = self.max_attempts.peek().map(|max_attempts| quote!(.max_attempts(#max_attempts)));
        let initial_backoff = self
            .initial_backoff
            .peek()
            .map(Duration::expand)
            .map(|duration| quote!(.initial_backoff(#duration)));
        let max_backoff =
            self.max_backoff.peek().map(Duration::expand).map(|duration| quote!(.max_backoff(#duration)));
        let timeout = self.timeout.peek().map(Duration::expand).map(|duration| quote!(.timeout(#duration)));
        let outage_limit =
            self.outage_limit.peek().map(Duration::expand).map(|duration| quote!(.outage_limit(#duration)));
        let dedup = self.dedup.peek().map(|()| quote!(.dedup()));
        let calls: Vec<_> = [max_attempts, initial_backoff, max_backoff, timeout, outage_limit, dedup]
            .into_iter()
            .flatten()
            .collect();
        (!calls.is_empty()).then(|| quote!(.delivery(#krate::DeliveryPolicy::new() #(#calls)*)))
    }
}

/// A 32-bit integer of at least 1.
struct Attempts(u32);

impl Parse for Attempts {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let number: LitInt = input.parse()?;
        match number.base10_parse() {
            Ok(0) => Err(syn::Error::new(number.span(), "zero")),
            result => result.map(Self),
        }
    }
}

fn duration(input: ParseStream<'_>, name: &Ident, example: &str) -> syn::Result<Duration> {
    attr::value(input, name, "a positive whole number with the unit `ms`, `s`, `m` or `h`", example)
}

/// A duration above zero.
struct Duration {
    literal: LitStr,
    millis: u64,
}

impl Parse for Duration {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal: LitStr = input.parse()?;
        match millis(&literal.value()) {
            Some(millis) => Ok(Self { literal, millis }),
            None => Err(syn::Error::new(literal.span(), "not a duration")),
        }
    }
}

impl Duration {
    fn expand(&self) -> TokenStream {
        let millis = self.millis;
        quote!(::core::time::Duration::from_millis(#millis))
    }
}

/// Parses `200ms`, `30s`, `5m` or `2h`.
fn millis(text: &str) -> Option<u64> {
    let unit = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at(unit);
    let millis = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(millis).filter(|millis| *millis > 0)
}
