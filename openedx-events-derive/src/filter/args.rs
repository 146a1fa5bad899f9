//! The arguments of `#[filter]`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Type};

use crate::attr::{self, Known, Slot};
use crate::ctxt::Ctxt;
use crate::event_type::{self, Hook};
use crate::krate::Krate;

/// The arguments, each checked by itself.
pub(super) struct Args {
    pub(super) krate: Krate,
    /// `None` only together with an error.
    pub(super) filter_type: Option<LitStr>,
    /// With what a step can halt the run; `None` if no step can.
    pub(super) halts: Option<Type>,
    pub(super) is_async: bool,
    pub(super) name: Option<Ident>,
}

const KNOWN: Known = Known {
    attribute: "`#[filter]`",
    arguments: &["halts = Halts", "async", "name = FILTER", "crate = path"],
};

/// The state of reading them.
struct Reader<'a> {
    ctxt: &'a Ctxt,
    filter_type: Slot<LitStr>,
    halts: Slot<Type>,
    is_async: Slot<()>,
    name: Slot<Ident>,
    krate: Slot<syn::Path>,
}

impl Args {
    // The grammar: TYPE ("," ARGUMENT)* ","?
    pub(super) fn read(ctxt: &Ctxt, tokens: TokenStream) -> Self {
        let first = tokens.clone().into_iter().next().map(|token| token.span());
        let mut reader = Reader {
            ctxt,
            filter_type: Slot::new("the filter type"),
            halts: Slot::new("`halts`"),
            is_async: Slot::new("`async`"),
            name: Slot::new("`name`"),
            krate: Slot::new("`crate`"),
        };
        let mut is_first = true;
        attr::read(ctxt, tokens, |input| {
            attr::each(ctxt, input, |input| reader.argument(input, std::mem::take(&mut is_first)));
        });
        reader.check_type(first);
        Self {
            krate: Krate::new(reader.krate.get()),
            filter_type: reader.filter_type.get(),
            halts: reader.halts.get(),
            is_async: reader.is_async.get().is_some(),
            name: reader.name.get(),
        }
    }
}

impl Reader<'_> {
    fn argument(&mut self, input: ParseStream<'_>, is_first: bool) -> syn::Result<()> {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            self.filter_type.set(self.ctxt, &literal, literal.clone());
            return Ok(());
        }
        let at = input.span();
        if is_first && !input.peek(Ident::peek_any) {
            return Err(Hook::Filter.missing(at));
        }
        let name = KNOWN.name(input)?;
        match name.to_string().as_str() {
            "halts" => {
                let halts = attr::value(input, &name, "the type of what halts a run", "EnrollmentHalt")?;
                check_halts(&halts)?;
                self.halts.set(self.ctxt, &name, halts);
            }
            "async" => {
                self.is_async.set(self.ctxt, &name, ());
                attr::no_value(input, &name)?;
            }
            "name" => {
                let filter = attr::value(input, &name, "the name of the filter's static", "PRICE_REQUESTED")?;
                self.name.set(self.ctxt, &name, filter);
            }
            "crate" => {
                let path = Krate::path(input, &name)?;
                self.krate.set(self.ctxt, &name, path);
            }
            _ if is_first => return Err(Hook::Filter.missing(at)),
            _ => return Err(KNOWN.unknown(&name)),
        }
        Ok(())
    }

    fn check_type(&self, first: Option<Span>) {
        let Some(literal) = self.filter_type.peek() else {
            // If something else is in its place, that has a message already.
            if !self.ctxt.has_errors() {
                self.ctxt.push(Hook::Filter.missing(first.unwrap_or_else(Span::call_site)));
            }
            return;
        };
        for problem in event_type::problems(&literal.value(), Hook::Filter) {
            self.ctxt.error(literal, problem);
        }
    }
}

/// A halt leaves the run, and the step that has made it.
fn check_halts(halts: &Type) -> syn::Result<()> {
    let Type::Reference(reference) = halts else { return Ok(()) };
    Err(syn::Error::new_spanned(
        reference,
        "a halt owns its data: write the type itself, such as `String` for `&str`",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_documented() {
        assert!(KNOWN.undocumented(include_str!("../../docs/filter.md")).is_empty());
    }
}
