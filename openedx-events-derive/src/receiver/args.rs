//! The arguments of `#[receiver]`.

use proc_macro2::{Span, TokenStream};
use syn::Path;
use syn::parse::ParseStream;

use super::delivery::Delivery;
use crate::attr::{self, Known, Priority, Slot};
use crate::ctxt::Ctxt;
use crate::function::attributes::same;
use crate::krate::Krate;

/// The arguments, each checked by itself.
pub(super) struct Args {
    pub(super) krate: Krate,
    pub(super) targets: Targets,
    pub(super) priority: Option<i32>,
    /// Whether the receiver waits for the configuration.
    pub(super) off: bool,
    pub(super) delivery: Delivery,
}

/// The signals to receive.
pub(super) enum Targets {
    Signals(Vec<Path>),
    Any,
}

const KNOWN: Known = Known {
    attribute: "`#[receiver]`",
    arguments: &[
        "SIGNAL",
        "any",
        "priority = 10",
        "off",
        "max_attempts = 5",
        "initial_backoff = \"200ms\"",
        "max_backoff = \"30s\"",
        "timeout = \"10s\"",
        "outage_limit = \"24h\"",
        "dedup",
        "crate = path",
    ],
};

/// The state of reading them.
struct Reader<'a> {
    ctxt: &'a Ctxt,
    signals: Vec<Path>,
    any: Slot<()>,
    priority: Slot<i32>,
    off: Slot<()>,
    delivery: Delivery,
    krate: Slot<Path>,
}

impl Args {
    // The grammar: ("any" | SIGNAL | ARGUMENT) ("," (SIGNAL | ARGUMENT))* ","?
    pub(super) fn read(ctxt: &Ctxt, tokens: TokenStream) -> Self {
        let first = tokens.clone().into_iter().next().map(|token| token.span());
        let mut reader = Reader {
            ctxt,
            signals: Vec::new(),
            any: Slot::new("`any`"),
            priority: Slot::new("`priority`"),
            off: Slot::new("`off`"),
            delivery: Delivery::new(),
            krate: Slot::new("`crate`"),
        };
        attr::read(ctxt, tokens, |input| attr::each(ctxt, input, |input| reader.argument(input)));
        let targets = reader.targets(first);
        reader.delivery.check(ctxt);
        Self {
            targets,
            krate: Krate::new(reader.krate.get()),
            priority: reader.priority.get(),
            off: reader.off.get().is_some(),
            delivery: reader.delivery,
        }
    }
}

impl Reader<'_> {
    fn argument(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if attr::is_named(input, &[&["priority", "off", "crate"], &Delivery::NAMES[..]].concat()) {
            let name = KNOWN.name(input)?;
            match name.to_string().as_str() {
                "priority" => {
                    let Priority(number) = attr::value(input, &name, Priority::WHAT, "10")?;
                    self.priority.set(self.ctxt, &name, number);
                }
                "off" => {
                    self.off.set(self.ctxt, &name, ());
                    attr::no_value(input, &name)?;
                }
                "crate" => {
                    let path = Krate::path(input, &name)?;
                    self.krate.set(self.ctxt, &name, path);
                }
                _ if self.delivery.argument(self.ctxt, input, &name)? => {}
                _ => return Err(KNOWN.unknown(&name)),
            }
            return Ok(());
        }
        let signal: Path = input.parse().map_err(|error| {
            syn::Error::new(error.span(), "expected the path of a signal, such as `BADGE_AWARDED`")
        })?;
        if signal.is_ident("any") {
            self.any.set(self.ctxt, &signal, ());
        } else if self.signals.iter().any(|before| same(before, &signal)) {
            self.ctxt.error(&signal, "this signal is given twice: remove one of the two");
        } else {
            self.signals.push(signal);
        }
        Ok(())
    }

    fn targets(&mut self, first: Option<Span>) -> Targets {
        let signals = std::mem::take(&mut self.signals);
        if self.any.peek().is_some() {
            for signal in &signals {
                self.ctxt.error(signal, "`any` includes this signal: remove one of the two");
            }
            return Targets::Any;
        }
        // If something else is in the place of a signal, that has a message already.
        if signals.is_empty() && !self.ctxt.has_errors() {
            self.ctxt.push(syn::Error::new(
                first.unwrap_or_else(Span::call_site),
                "expected the signals to receive: write `#[receiver(BADGE_AWARDED)]`, or `#[receiver(any)]` for every \
                 signal",
            ));
        }
        Targets::Signals(signals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_documented() {
        assert!(KNOWN.undocumented(include_str!("../../docs/receiver.md")).is_empty());
    }
}
