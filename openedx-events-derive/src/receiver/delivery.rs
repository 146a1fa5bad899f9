//! What a receiver asks of the event bus: [`Delivery`].

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{Parse, ParseStream};
use syn::{Ident, LitInt, LitStr};

use crate::attr::{self, Slot};
use crate::ctxt::Ctxt;
use crate::krate::Krate;

/// The arguments of the delivery, as they are read.
pub(super) struct Delivery {
    max_attempts: Slot<u32>,
    initial_backoff: Slot<Time>,
    max_backoff: Slot<Time>,
    timeout: Slot<Time>,
    dedup: Slot<()>,
}

impl Delivery {
    /// Their names.
    pub(super) const NAMES: [&'static str; 5] =
        ["max_attempts", "initial_backoff", "max_backoff", "timeout", "dedup"];

    pub(super) const fn new() -> Self {
        Self {
            max_attempts: Slot::new("`max_attempts`"),
            initial_backoff: Slot::new("`initial_backoff`"),
            max_backoff: Slot::new("`max_backoff`"),
            timeout: Slot::new("`timeout`"),
            dedup: Slot::new("`dedup`"),
        }
    }

    /// Reads an argument of this name. Whether it is one of these.
    pub(super) fn argument(
        &mut self,
        ctxt: &Ctxt,
        input: ParseStream<'_>,
        name: &Ident,
    ) -> syn::Result<bool> {
        match name.to_string().as_str() {
            "max_attempts" => {
                let what = "a whole number of 32 bits from 1 on";
                let Attempts(max_attempts) = attr::value(input, name, what, "5")?;
                self.max_attempts.set(ctxt, name, max_attempts);
            }
            "initial_backoff" => self.initial_backoff.set(ctxt, name, time(input, name, "\"200ms\"")?),
            "max_backoff" => self.max_backoff.set(ctxt, name, time(input, name, "\"30s\"")?),
            "timeout" => self.timeout.set(ctxt, name, time(input, name, "\"10s\"")?),
            "dedup" => {
                self.dedup.set(ctxt, name, ());
                attr::no_value(input, name)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// What is wrong with the arguments together.
    pub(super) fn check(&self, ctxt: &Ctxt) {
        let (Some(first), Some(longest)) = (self.initial_backoff.peek(), self.max_backoff.peek()) else {
            return;
        };
        if longest.millis < first.millis {
            ctxt.error(
                &longest.literal,
                format_args!(
                    "the longest pause is shorter than the first one, \"{}\": give at least that, or leave \
                     `max_backoff` out",
                    first.literal.value()
                ),
            );
        }
    }

    /// `.delivery(DeliveryPolicy::new().max_attempts(8)…)`, or nothing if nothing is given.
    pub(super) fn expand(&self, krate: &Krate) -> Option<TokenStream> {
        let max_attempts = self.max_attempts.peek().map(|max_attempts| quote!(.max_attempts(#max_attempts)));
        let initial_backoff =
            self.initial_backoff.peek().map(Time::expand).map(|time| quote!(.initial_backoff(#time)));
        let max_backoff = self.max_backoff.peek().map(Time::expand).map(|time| quote!(.max_backoff(#time)));
        let timeout = self.timeout.peek().map(Time::expand).map(|time| quote!(.timeout(#time)));
        let dedup = self.dedup.peek().map(|()| quote!(.dedup()));
        let calls: Vec<_> =
            [max_attempts, initial_backoff, max_backoff, timeout, dedup].into_iter().flatten().collect();
        (!calls.is_empty()).then(|| quote!(.delivery(#krate::DeliveryPolicy::new() #(#calls)*)))
    }
}

/// A whole number that fits, and is not zero.
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

fn time(input: ParseStream<'_>, name: &Ident, example: &str) -> syn::Result<Time> {
    attr::value(input, name, "a whole number from 1 on with its unit, `ms`, `s`, `m` or `h`", example)
}

/// A time, longer than none.
struct Time {
    literal: LitStr,
    millis: u64,
}

impl Parse for Time {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal: LitStr = input.parse()?;
        match millis(&literal.value()) {
            Some(millis) => Ok(Self { literal, millis }),
            None => Err(syn::Error::new(literal.span(), "not a time")),
        }
    }
}

impl Time {
    fn expand(&self) -> TokenStream {
        let millis = self.millis;
        quote!(::core::time::Duration::from_millis(#millis))
    }
}

/// `200ms`, `30s`, `5m`, `2h`.
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
