//! A function that an attribute registers: its signature is read, its body stays tokens.

use std::mem;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, GenericParam, Ident, ReturnType, Safety, Signature, Type, Visibility};

use super::{Role, attributes, ends};
use crate::ctxt::Ctxt;

/// The function, as the user wrote it.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    vis: Visibility,
    pub(crate) signature: Signature,
    body: TokenStream,
}

/// What the function returns.
pub(crate) enum Output {
    Nothing,
    /// `!`
    Never,
    /// A type, with the places of its first and its last token.
    Value(Span, Span),
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl Function {
    /// Reads a function, and refuses what no function with this role can be.
    pub(crate) fn read(ctxt: &Ctxt, item: TokenStream, role: &Role) -> syn::Result<Self> {
        let function: Self = syn::parse2(item).map_err(|error| {
            let Role { attribute, closures, .. } = role;
            syn::Error::new(
                error.span(),
                format_args!(
                    "`{attribute}` can only be applied to a function: `fn name(…) {{ … }}`; {closures}"
                ),
            )
        })?;
        check_signature(ctxt, &function.signature, role);
        check_body(ctxt, &function, role);
        check_place(ctxt, &function, role);
        attributes::refuse_runtime(ctxt, &function.signature.ident, &function.body, role);
        Ok(function)
    }

    /// The function for the compiler. `attribute` tells which of its own attributes stay.
    pub(crate) fn into_tokens(mut self, stays: impl Fn(&Attribute) -> bool) -> TokenStream {
        self.attrs.retain(stays);
        // Refused before. Without it the body adds no errors about what a `const fn` cannot do.
        self.signature.constness = None;
        let Self { attrs, vis, signature, body } = self;
        quote!(#(#attrs)* #vis #signature #body)
    }
}

impl Output {
    pub(crate) fn of(signature: &Signature) -> Self {
        let ReturnType::Type(_, ty) = &signature.output else { return Self::Nothing };
        if matches!(**ty, Type::Never(_)) {
            return Self::Never;
        }
        let (first, last) = ends(&ty.to_token_stream());
        Self::Value(first, last)
    }
}

/// Whether the tokens contain a `_` that is no lifetime: rustc reports a type that is not written down at the function.
pub(crate) fn has_placeholder(tokens: TokenStream) -> bool {
    let mut after_quote = false;
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => !mem::take(&mut after_quote) && ident == "_",
        TokenTree::Group(group) => has_placeholder(group.stream()),
        token => {
            after_quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
            false
        }
    })
}

fn check_signature(ctxt: &Ctxt, signature: &Signature, role: &Role) {
    let noun = role.noun;
    if let Some(token) = &signature.constness {
        ctxt.error(token, format_args!("{noun} cannot be a `const fn`: remove `const`"));
    }
    if let Safety::Unsafe(token) = &signature.safety {
        ctxt.error(
            token,
            format_args!(
                "{noun} cannot be an `unsafe fn`: remove `unsafe`, and use an `unsafe` block in the body"
            ),
        );
    }
    if let Some(abi) = &signature.abi {
        ctxt.error(abi, format_args!("{noun} cannot be an `extern` function: remove `extern`"));
    }
    if let Some(variadic) = &signature.variadic {
        ctxt.error(variadic, format_args!("{noun} cannot be variadic: remove `...`"));
    }
    if let Some(clause) = &signature.generics.where_clause {
        ctxt.error(clause, format_args!("{noun} cannot be generic: remove the `where` clause"));
    }
    for param in &signature.generics.params {
        if !matches!(param, GenericParam::Lifetime(_)) {
            ctxt.error(
                param,
                format_args!("{noun} cannot be generic: remove this parameter, and name a concrete type"),
            );
        }
    }
}

/// A function of a trait may have no body.
fn check_body(ctxt: &Ctxt, function: &Function, role: &Role) {
    if !matches!(function.body.clone().into_iter().next(), Some(TokenTree::Group(_))) {
        ctxt.error(
            &function.signature.ident,
            format_args!(
                "{} needs a body: move it out of the `trait`, and write `fn name(…) {{ … }}`",
                role.noun
            ),
        );
    }
}

/// Refuses a function of an `impl` or a `trait`, as far as it says so: `Self` has a meaning there alone. What is generated
/// for the others does not parse there.
fn check_place(ctxt: &Ctxt, function: &Function, role: &Role) {
    // Items inside the body may have a `Self` of their own.
    let is_item =
        |token: &Ident| ["impl", "trait", "struct", "enum", "union"].iter().any(|item| token == item);
    let body = &function.body;
    let inputs = function.signature.inputs.to_token_stream();
    let output = function.signature.output.to_token_stream();
    let this = find(quote!(#inputs #output), &|ident| ident == "Self").or_else(|| {
        find(body.clone(), &|ident| ident == "Self" || is_item(ident)).filter(|found| found == "Self")
    });
    let takes_self = function.signature.inputs.iter().any(|input| matches!(input, FnArg::Receiver(_)));
    if let Some(this) = this.filter(|_| !takes_self) {
        ctxt.error(
            this,
            format_args!(
                "{} cannot stand in an `impl` or a `trait`: move the function out of it, and name the type",
                role.noun
            ),
        );
    }
}

/// The first identifier that matches, at any depth, but not in the arguments of a macro: those may be no Rust.
fn find(tokens: TokenStream, matches: &dyn Fn(&Ident) -> bool) -> Option<Ident> {
    let mut after_bang = false;
    tokens.into_iter().find_map(|token| {
        let in_macro = mem::replace(
            &mut after_bang,
            matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '!'),
        );
        match token {
            TokenTree::Ident(ident) => matches(&ident).then_some(ident),
            TokenTree::Group(group) if !in_macro => find(group.stream(), matches),
            _ => None,
        }
    })
}
