//! Arguments of attributes: slots that are set once, and a list that goes on after a mistake.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::Token;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};

use crate::ctxt::Ctxt;

/// A value that an attribute may give once.
pub(crate) struct Slot<T> {
    /// As messages call it.
    name: &'static str,
    value: Option<T>,
}

impl<T> Slot<T> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, value: None }
    }

    /// Sets the value, or says at `at` that it is set already.
    pub(crate) fn set(&mut self, ctxt: &Ctxt, at: impl ToTokens, value: T) {
        if self.value.is_some() {
            ctxt.error(at, format_args!("{} is given twice: take one of the two away", self.name));
        } else {
            self.value = Some(value);
        }
    }

    pub(crate) const fn peek(&self) -> Option<&T> {
        self.value.as_ref()
    }

    pub(crate) fn get(self) -> Option<T> {
        self.value
    }
}

/// The arguments that an attribute knows: its name, and each argument as it is written.
pub(crate) struct Known {
    pub(crate) attribute: &'static str,
    pub(crate) arguments: &'static [&'static str],
}

impl Known {
    /// The name of an argument: an identifier, also `crate`.
    pub(crate) fn name(&self, input: ParseStream<'_>) -> syn::Result<Ident> {
        input
            .call(Ident::parse_any)
            .map_err(|error| syn::Error::new(error.span(), format_args!("not an argument: {self}")))
    }

    /// The error for an argument that is none of these.
    pub(crate) fn unknown(&self, name: &Ident) -> syn::Error {
        syn::Error::new(name.span(), format_args!("unknown argument `{name}`: {self}"))
    }
}

impl std::fmt::Display for Known {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} takes ", self.attribute)?;
        for (place, argument) in self.arguments.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}`{argument}`")?;
        }
        Ok(())
    }
}

/// The value of `name = value`. `what` and `example` tell what it is where it is missing or something else.
pub(crate) fn value<T: Parse>(
    input: ParseStream<'_>,
    name: &Ident,
    what: &str,
    example: &str,
) -> syn::Result<T> {
    let malformed =
        |span| syn::Error::new(span, format_args!("`{name}` takes {what}, as in `{name} = {example}`"));
    if !input.peek(Token![=]) {
        return Err(malformed(name.span()));
    }
    let equals: Token![=] = input.parse()?;
    if at_end(input) {
        return Err(malformed(equals.spans[0]));
    }
    let at = input.span();
    let value = input.parse().map_err(|_| malformed(at))?;
    if at_end(input) { Ok(value) } else { Err(malformed(input.span())) }
}

/// Says that an argument without a value has one.
pub(crate) fn no_value(input: ParseStream<'_>, name: &Ident) -> syn::Result<()> {
    if input.peek(Token![=]) || input.peek(syn::token::Paren) {
        return Err(input.error(format_args!("`{name}` takes no value: write it alone")));
    }
    Ok(())
}

/// Reads arguments that are parted by commas. One that `read` fails on is skipped up to the next comma, so that those
/// after it are read too.
pub(crate) fn each(
    ctxt: &Ctxt,
    input: ParseStream<'_>,
    mut read: impl FnMut(ParseStream<'_>) -> syn::Result<()>,
) {
    while !input.is_empty() {
        let is_read = ctxt.keep(read(input)).is_some();
        if is_read && !at_end(input) {
            ctxt.push(input.error("expected a comma before this"));
        }
        while !at_end(input) {
            // A token tree is what is left of the argument; taking one cannot fail where there is one.
            let _ = input.parse::<TokenTree>();
        }
        let _ = input.parse::<Token![,]>();
    }
}

/// Whether one argument ends here.
fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Runs a reader over all of a list of arguments.
pub(crate) fn read(ctxt: &Ctxt, tokens: TokenStream, read: impl FnOnce(ParseStream<'_>)) {
    let parser = |input: ParseStream<'_>| {
        read(input);
        Ok(())
    };
    ctxt.keep(syn::parse::Parser::parse2(parser, tokens));
}
