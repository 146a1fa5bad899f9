//! The function that `#[receiver]` stands on: its signature is read, its body stays tokens.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, GenericParam, Ident, ReturnType, Safety, Signature, Visibility};

use super::args::Targets;
use super::lifetimes::Lifetimes;
use super::parameter::Parameter;
use crate::ctxt::Ctxt;

/// The function.
pub(super) struct Handler {
    pub(super) ident: Ident,
    pub(super) is_async: bool,
    pub(super) parameters: Vec<Parameter>,
    /// The first and the last place of the return type, if there is one.
    pub(super) output: Option<(Span, Span)>,
    /// The lints that the user allows in the function, for what is made from its signature.
    pub(super) allowed: Vec<TokenStream>,
    /// The function as the user wrote it, without our attributes on its parameters.
    pub(super) tokens: TokenStream,
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
            syn::Error::new(error.span(), "`#[receiver]` stands on a function: `fn name(…) { … }`")
        })?;
        check_signature(ctxt, &function.signature);
        check_body(ctxt, &function);
        let lifetimes = Lifetimes::of(&function.signature);
        let inputs = &mut function.signature.inputs;
        let parameters =
            inputs.iter_mut().filter_map(|input| Parameter::read(ctxt, input, targets, &lifetimes)).collect();
        let Function { attrs, vis, mut signature, body } = function;
        // Refused above. What it would refuse in the body is not the matter then.
        signature.constness = None;
        Ok(Self {
            output: output_place(&signature),
            is_async: signature.asyncness.is_some(),
            ident: signature.ident.clone(),
            parameters,
            allowed: attrs.iter().filter_map(allowed).collect(),
            tokens: quote!(#(#attrs)* #vis #signature #body),
        })
    }
}

fn output_place(signature: &Signature) -> Option<(Span, Span)> {
    let ReturnType::Type(_, ty) = &signature.output else { return None };
    let mut tokens = ty.to_token_stream().into_iter();
    let first = tokens.next()?.span();
    Some((first, tokens.last().map_or(first, |token| token.span())))
}

/// `#[allow(lints)]` of `allow` and `expect`: an expectation is met in the function, and cannot be met again.
fn allowed(attribute: &Attribute) -> Option<TokenStream> {
    if !attribute.path().is_ident("allow") && !attribute.path().is_ident("expect") {
        return None;
    }
    let lints = &attribute.meta.require_list().ok()?.tokens;
    Some(quote!(#[allow(#lints)]))
}

fn check_signature(ctxt: &Ctxt, signature: &Signature) {
    if let Some(token) = &signature.constness {
        ctxt.error(token, "a receiver runs when an event is sent: take `const` away");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        ctxt.error(
            token,
            "a receiver is called by safe code: take `unsafe` away, and use it in a block inside",
        );
    }
    if let Some(abi) = &signature.abi {
        ctxt.error(abi, "a receiver is called from Rust: take `extern` away");
    }
    if let Some(variadic) = &signature.variadic {
        ctxt.error(variadic, "a receiver takes its parameters by their names: take `...` away");
    }
    if let Some(clause) = &signature.generics.where_clause {
        ctxt.error(clause, "a receiver has no parameters to put bounds on: take the `where` away");
    }
    for param in &signature.generics.params {
        if !matches!(param, GenericParam::Lifetime(_)) {
            ctxt.error(param, "a receiver is one function: take the parameter away and name its type");
        }
    }
}

/// The functions of a trait may have none.
fn check_body(ctxt: &Ctxt, function: &Function) {
    if !matches!(function.body.clone().into_iter().next(), Some(TokenTree::Group(_))) {
        ctxt.error(
            &function.signature.ident,
            "a receiver has a body, so it cannot be one of a trait's functions: move it out of the `trait`",
        );
    }
}
