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
    attempts: Slot<u32>,
    first_pause: Slot<Time>,
    longest_pause: Slot<Time>,
    time_limit: Slot<Time>,
    dedup: Slot<()>,
}

impl Delivery {
    /// Their names.
    pub(super) const NAMES: [&'static str; 5] =
        ["attempts", "first_pause", "longest_pause", "time_limit", "dedup"];

    pub(super) const fn new() -> Self {
        Self {
            attempts: Slot::new("`attempts`"),
            first_pause: Slot::new("`first_pause`"),
            longest_pause: Slot::new("`longest_pause`"),
            time_limit: Slot::new("`time_limit`"),
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
            "attempts" => {
                let what = "a whole number of 32 bits from 1 on";
                let Attempts(attempts) = attr::value(input, name, what, "5")?;
                self.attempts.set(ctxt, name, attempts);
            }
            "first_pause" => self.first_pause.set(ctxt, name, time(input, name, "\"200ms\"")?),
            "longest_pause" => self.longest_pause.set(ctxt, name, time(input, name, "\"30s\"")?),
            "time_limit" => self.time_limit.set(ctxt, name, time(input, name, "\"10s\"")?),
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
        let (Some(first), Some(longest)) = (self.first_pause.peek(), self.longest_pause.peek()) else {
            return;
        };
        if longest.millis < first.millis {
            ctxt.error(
                &longest.literal,
                format_args!(
                    "the longest pause is shorter than the first one, \"{}\": give at least that, or leave \
                     `longest_pause` out",
                    first.literal.value()
                ),
            );
        }
    }

    /// `.delivery(DeliveryPolicy::new().attempts(8)…)`, or nothing if nothing is given.
    pub(super) fn expand(&self, krate: &Krate) -> Option<TokenStream> {
        let attempts = self.attempts.peek().map(|attempts| quote!(.attempts(#attempts)));
        let first_pause = self.first_pause.peek().map(Time::expand).map(|time| quote!(.first_pause(#time)));
        let longest_pause =
            self.longest_pause.peek().map(Time::expand).map(|time| quote!(.longest_pause(#time)));
        let time_limit = self.time_limit.peek().map(Time::expand).map(|time| quote!(.time_limit(#time)));
        let dedup = self.dedup.peek().map(|()| quote!(.dedup()));
        let calls: Vec<_> =
            [attempts, first_pause, longest_pause, time_limit, dedup].into_iter().flatten().collect();
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
