//! Arguments of attributes: slots that are set once, and a list that is read on after a mistake.

use proc_macro2::{Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{LitInt, Token};

use crate::ctxt::Ctxt;

/// The value of an argument that may be given once.
pub(crate) struct Slot<T> {
    /// What messages call it.
    name: &'static str,
    value: Option<T>,
}

impl<T> Slot<T> {
    pub(crate) const fn new(name: &'static str) -> Self {
        Self { name, value: None }
    }

    /// Sets the value; if it is set already, that is an error at `at`.
    pub(crate) fn set(&mut self, ctxt: &Ctxt, at: impl ToTokens, value: T) {
        if self.value.is_some() {
            ctxt.error(at, format_args!("{} is given twice: remove one of the two", self.name));
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

/// The arguments of an attribute, for messages.
pub(crate) struct Known {
    /// What messages call the attribute.
    pub(crate) attribute: &'static str,
    /// Each argument as users write it.
    pub(crate) arguments: &'static [&'static str],
}

impl Known {
    /// Reads the name of an argument: an identifier or a keyword such as `crate`.
    pub(crate) fn name(&self, input: ParseStream<'_>) -> syn::Result<Ident> {
        input
            .call(Ident::parse_any)
            .map_err(|error| syn::Error::new(error.span(), format_args!("expected an argument: {self}")))
    }

    /// The error for an argument that the attribute does not have.
    pub(crate) fn unknown(&self, name: &Ident) -> syn::Error {
        syn::Error::new(name.span(), format_args!("unknown argument `{name}`: {self}"))
    }
}

#[cfg(test)]
impl Known {
    /// The arguments that have no row in the table of a page.
    pub(crate) fn undocumented(&self, page: &str) -> Vec<&'static str> {
        let has_row = |argument: &str| {
            let name = argument.split(' ').next().unwrap_or(argument);
            page.contains(&format!("\n| `{name}` |")) || page.contains(&format!("\n| `{name} = "))
        };
        self.arguments.iter().copied().filter(|argument| !has_row(argument)).collect()
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

/// Reads the value of `name = value`. `what` and `example` describe it in the message if it is missing or malformed.
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

/// Whether the next argument is a name, with a value or without, and not a path. `names` are those that stand without one.
pub(crate) fn is_named(input: ParseStream<'_>, names: &[&str]) -> bool {
    let is_alone = |input: ParseStream<'_>| {
        let ahead = input.fork();
        let Ok(name) = ahead.call(Ident::parse_any) else { return false };
        names.iter().any(|ours| name == ours) && !ahead.peek(Token![::])
    };
    input.peek(Ident::peek_any) && (input.peek2(Token![=]) || is_alone(input))
}

/// Refuses a value after an argument that takes none.
pub(crate) fn no_value(input: ParseStream<'_>, name: &Ident) -> syn::Result<()> {
    if input.peek(Token![=]) || input.peek(syn::token::Paren) {
        return Err(input.error(format_args!("`{name}` takes no value: write `{name}` alone")));
    }
    Ok(())
}

/// The value of `priority`: a 32-bit integer, with a sign or without.
pub(crate) struct Priority(pub(crate) i32);

impl Priority {
    /// For messages.
    pub(crate) const WHAT: &'static str = "a signed 32-bit integer";
}

impl Parse for Priority {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let minus: Option<Token![-]> = input.parse()?;
        let number: LitInt = input.parse()?;
        let sign = if minus.is_some() { "-" } else { "" };
        format!("{sign}{}", number.base10_digits())
            .parse()
            .map(Self)
            .map_err(|error| syn::Error::new(number.span(), error))
    }
}

/// Reads arguments that are separated by commas. If `read` fails on one, it is skipped up to the next comma, so that the
/// arguments after it are checked too.
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
            // What is left of the argument: reading a token tree cannot fail before the end.
            let _ = input.parse::<TokenTree>();
        }
        let _ = input.parse::<Token![,]>();
    }
}

/// Whether the argument ends here.
fn at_end(input: ParseStream<'_>) -> bool {
    input.is_empty() || input.peek(Token![,])
}

/// Runs a reader over a whole list of arguments.
pub(crate) fn read(ctxt: &Ctxt, tokens: TokenStream, read: impl FnOnce(ParseStream<'_>)) {
    let parser = |input: ParseStream<'_>| {
        read(input);
        Ok(())
    };
    ctxt.keep(syn::parse::Parser::parse2(parser, tokens));
}
