//! The function under `#[receiver]`: its signature is read, its body stays tokens.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, GenericParam, Ident, ReturnType, Safety, Signature, Type, Visibility};

use super::args::Targets;
use super::lifetimes::Lifetimes;
use super::neighbours::{self, Neighbours};
use super::parameter::{Parameter, check_states};
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
                "`#[receiver]` can only be applied to a function: `fn name(…) { … }`",
            )
        })?;
        check_signature(ctxt, &function.signature);
        check_body(ctxt, &function);
        neighbours::refuse_runtime(ctxt, &function.signature.ident, &function.body);
        let lifetimes = Lifetimes::of(&function.signature);
        let inputs = &mut function.signature.inputs;
        let parameters: Vec<_> =
            inputs.iter_mut().filter_map(|input| Parameter::read(ctxt, input, targets, &lifetimes)).collect();
        check_states(ctxt, &parameters);
        let Function { attrs, vis, mut signature, body } = function;
        // Refused above. Without it the body adds no errors about what a `const fn` cannot do.
        signature.constness = None;
        Ok(Self {
            output: Output::of(&signature),
            neighbours: Neighbours::read(ctxt, &attrs, targets),
            is_async: signature.asyncness.is_some(),
            ident: signature.ident.clone(),
            parameters,
            tokens: quote!(#(#attrs)* #vis #signature #body),
        })
    }
}

impl Output {
    fn of(signature: &Signature) -> Self {
        let ReturnType::Type(_, ty) = &signature.output else { return Self::Nothing };
        if matches!(**ty, Type::Never(_)) {
            return Self::Never;
        }
        let mut tokens = ty.to_token_stream().into_iter();
        let Some(first) = tokens.next() else { return Self::Nothing };
        let last = tokens.last().map_or(first.span(), |token| token.span());
        Self::Value(first.span(), last)
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
