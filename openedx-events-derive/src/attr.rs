//! Arguments of attributes: slots that are set once, and a list that goes on after a mistake.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Token;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};

use crate::ctxt::Ctxt;

/// A value that an attribute may give once.
pub(crate) struct Slot<T> {
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
            ctxt.error(at, format_args!("`{}` is given twice", self.name));
        } else {
            self.value = Some(value);
        }
    }

    pub(crate) fn get(self) -> Option<T> {
        self.value
    }
}

/// The name of an argument: an identifier, also `crate`.
pub(crate) fn name(input: ParseStream<'_>) -> syn::Result<syn::Ident> {
    input.call(syn::Ident::parse_any)
}

/// The value of `name = value`.
pub(crate) fn value<T: Parse>(input: ParseStream<'_>, name: &syn::Ident, example: &str) -> syn::Result<T> {
    let malformed =
        |span| syn::Error::new(span, format_args!("`{name}` needs a value, as in `{name} = {example}`"));
    if !input.peek(Token![=]) {
        return Err(malformed(name.span()));
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(malformed(equals.spans[0]));
    }
    let at = input.span();
    let value = input.parse().map_err(|_| malformed(at))?;
    if input.is_empty() || input.peek(Token![,]) { Ok(value) } else { Err(malformed(input.span())) }
}

/// Reads arguments that are parted by commas. One that `read` fails on is skipped up to the next comma, so that those
/// after it are read too.
pub(crate) fn each(
    ctxt: &Ctxt,
    input: ParseStream<'_>,
    mut read: impl FnMut(ParseStream<'_>) -> syn::Result<()>,
) {
    while !input.is_empty() {
        let result = read(input);
        let failed = result.is_err();
        ctxt.keep(result);
        if !failed && !input.is_empty() && !input.peek(Token![,]) {
            ctxt.push(syn::Error::new(input.span(), "expected a comma"));
        }
        while !input.is_empty() && !input.peek(Token![,]) {
            // A token tree is what is left of the argument; taking one cannot fail where there is one.
            let _ = input.parse::<proc_macro2::TokenTree>();
        }
        let _ = input.parse::<Token![,]>();
    }
}

/// Runs a reader over all of a list of arguments.
pub(crate) fn read(ctxt: &Ctxt, tokens: TokenStream, read: impl FnOnce(ParseStream<'_>)) {
    let parser = |input: ParseStream<'_>| {
        read(input);
        Ok(())
    };
    ctxt.keep(syn::parse::Parser::parse2(parser, tokens));
}

/// The error for an argument that is none of ours.
pub(crate) fn unknown(name: &syn::Ident, known: &[&str]) -> syn::Error {
    let known: Vec<_> = known.iter().map(|each| format!("`{each}`")).collect();
    syn::Error::new(name.span(), format_args!("unknown argument `{name}`; there are {}", known.join(", ")))
}
