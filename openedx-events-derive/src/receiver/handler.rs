//! The function under `#[receiver]`: its signature is read, its body stays tokens.

use std::mem;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, GenericParam, Ident, ReturnType, Safety, Signature, Type, Visibility};

use super::args::Targets;
use super::argument::ends;
use super::lifetimes::Lifetimes;
use super::neighbours::{self, Neighbours};
use super::parameter::{Parameter, check_states};
use super::spelling;
use crate::ctxt::Ctxt;

/// The function, read and checked.
pub(super) struct Handler {
    pub(super) ident: Ident,
    pub(super) is_async: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) output: Output,
    pub(super) neighbours: Neighbours,
    /// The function as the user wrote it, without our attributes on its parameters.
    pub(super) tokens: TokenStream,
}

/// What the function returns.
pub(super) enum Output {
    Nothing,
    /// `!`
    Never,
    /// A type, with the places of its first and its last token.
    Value(Span, Span),
}

struct Function {
    attrs: Vec<Attribute>,
    vis: Visibility,
    signature: Signature,
    body: TokenStream,
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

impl Handler {
    pub(super) fn read(ctxt: &Ctxt, item: TokenStream, targets: &Targets) -> syn::Result<Self> {
        let mut function: Function = syn::parse2(item).map_err(|error| {
            syn::Error::new(
                error.span(),
                "`#[receiver]` can only be applied to a function: `fn name(…) { … }`; a closure is connected to a signal, \
                 with `ORDER_PLACED.connect(…)`",
            )
        })?;
        check_signature(ctxt, &function.signature);
        check_body(ctxt, &function);
        check_place(ctxt, &function);
        check_error(ctxt, &function.signature.output);
        neighbours::refuse_runtime(ctxt, &function.signature.ident, &function.body);
        let lifetimes = Lifetimes::of(&function.signature);
        let inputs = &mut function.signature.inputs;
        let parameters: Vec<_> =
            inputs.iter_mut().filter_map(|input| Parameter::read(ctxt, input, targets, &lifetimes)).collect();
        check_states(ctxt, &parameters);
        let Function { mut attrs, vis, mut signature, body } = function;
        let neighbours = Neighbours::read(ctxt, &attrs, targets);
        // Refused there. The compiler would report it again.
        attrs.retain(|attribute| !attribute.path().is_ident("state"));
        // Refused above. Without it the body adds no errors about what a `const fn` cannot do.
        signature.constness = None;
        Ok(Self {
            output: Output::of(&signature),
            neighbours,
            is_async: signature.asyncness.is_some(),
            ident: signature.ident.clone(),
            parameters,
            tokens: quote!(#(#attrs)* #vis #signature #body),
        })
    }
}

impl Handler {
    /// Whether the types of all parameters are written down. rustc reports those that are not at the function.
    pub(super) fn is_typed(&self) -> bool {
        !self.parameters.iter().any(|parameter| has_placeholder(parameter.ty.clone()))
    }
}

/// Whether the tokens contain a `_` that is no lifetime.
fn has_placeholder(tokens: TokenStream) -> bool {
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

impl Output {
    fn of(signature: &Signature) -> Self {
        let ReturnType::Type(_, ty) = &signature.output else { return Self::Nothing };
        if matches!(**ty, Type::Never(_)) {
            return Self::Never;
        }
        let (first, last) = ends(&ty.to_token_stream());
        Self::Value(first, last)
    }
}

fn check_signature(ctxt: &Ctxt, signature: &Signature) {
    if let Some(token) = &signature.constness {
        ctxt.error(token, "a receiver cannot be a `const fn`: remove `const`");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        ctxt.error(
            token,
            "a receiver cannot be an `unsafe fn`: remove `unsafe`, and use an `unsafe` block in the body",
        );
    }
    if let Some(abi) = &signature.abi {
        ctxt.error(abi, "a receiver cannot be an `extern` function: remove `extern`");
    }
    if let Some(variadic) = &signature.variadic {
        ctxt.error(variadic, "a receiver cannot be variadic: remove `...`");
    }
    if let Some(clause) = &signature.generics.where_clause {
        ctxt.error(clause, "a receiver cannot be generic: remove the `where` clause");
    }
    for param in &signature.generics.params {
        if !matches!(param, GenericParam::Lifetime(_)) {
            ctxt.error(
                param,
                "a receiver cannot be generic: remove this parameter, and name a concrete type",
            );
        }
    }
}

/// A function of a trait may have no body.
fn check_body(ctxt: &Ctxt, function: &Function) {
    if !matches!(function.body.clone().into_iter().next(), Some(TokenTree::Group(_))) {
        ctxt.error(
            &function.signature.ident,
            "a receiver needs a body: move it out of the `trait`, and write `fn name(…) { … }`",
        );
    }
}

/// Refuses a function of an `impl` or a `trait`, as far as it says so: `Self` has a meaning there alone. What is generated
/// for the others does not parse there.
fn check_place(ctxt: &Ctxt, function: &Function) {
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
        ctxt.error(this, "a receiver cannot stand in an `impl` or a `trait`: move the function out of it, and name the type");
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

/// Refuses `Result<(), Box<dyn Error>>`: a boxed error cannot be told from others by the traits that it does not have.
fn check_error(ctxt: &Ctxt, output: &ReturnType) {
    if let ReturnType::Type(_, ty) = output
        && let Some(error) = spelling::boxed_error(ty)
    {
        ctxt.error(
            error,
            "the error of a receiver is sent to other threads: return `Box<dyn std::error::Error + Send + Sync>`, which \
             is `openedx_events::BoxError`",
        );
    }
}
