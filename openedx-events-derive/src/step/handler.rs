//! The function under `#[pipeline_step]`.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Ident, Meta, Path};

use super::args::Args;
use super::parameter::{self, Parameter};
use crate::ctxt::Ctxt;
use crate::function::attributes::{for_each, is_named, same};
use crate::function::lifetimes::Lifetimes;
use crate::function::signature::{Function, Output, has_placeholder};
use crate::function::{Role, attributes, state};

/// The function, read and checked.
pub(super) struct Handler {
    pub(super) ident: Ident,
    /// The place of `async`, if it is.
    pub(super) asyncness: Option<Span>,
    pub(super) parameters: Vec<Parameter>,
    /// The filters of further `#[pipeline_step]` attributes.
    pub(super) further: Vec<Path>,
    pub(super) output: Output,
    /// What the user allows in the function, for the code that repeats its signature and calls it.
    pub(super) allowed: Vec<TokenStream>,
    /// The function as the user wrote it, without our attributes on its parameters.
    pub(super) tokens: TokenStream,
}

impl Handler {
    pub(super) fn read(ctxt: &Ctxt, item: TokenStream, args: &Args) -> syn::Result<Self> {
        let mut function = Function::read(ctxt, item, &Role::STEP)?;
        let lifetimes = Lifetimes::of(&function.signature);
        let inputs = &mut function.signature.inputs;
        let parameters: Vec<_> =
            inputs.iter_mut().filter_map(|input| Parameter::read(ctxt, input, &lifetimes)).collect();
        state::check_repeated(ctxt, parameters.iter().filter_map(Parameter::as_state));
        parameter::check_repeated(ctxt, &parameters);
        Ok(Self {
            further: further(ctxt, &function.attrs, args),
            output: Output::of(&function.signature),
            allowed: attributes::read(ctxt, &function.attrs, &Role::STEP),
            asyncness: function.signature.asyncness.map(|token| token.span),
            ident: function.signature.ident.clone(),
            tokens: {
                let changes = parameters.iter().any(Parameter::is_change);
                // Clippy would ask for `&mut str`, of which there is no copy.
                let allowed = changes.then(|| quote!(#[allow(clippy::ptr_arg)]));
                let function = function.into_tokens(attributes::is_foreign);
                quote!(#allowed #function)
            },
            parameters,
        })
    }

    /// Whether the types of all parameters are written down. rustc reports those that are not at the function.
    pub(super) fn is_typed(&self) -> bool {
        !self.parameters.iter().any(|parameter| has_placeholder(parameter.ty.clone()))
    }
}

/// The filters of further `#[pipeline_step]` attributes, which are expanded after this one. Refuses one of the same filter.
fn further(ctxt: &Ctxt, attributes: &[Attribute], args: &Args) -> Vec<Path> {
    let mut all = Vec::new();
    for attribute in attributes {
        for_each(&attribute.meta, None, &mut |meta, condition| {
            // Under a condition it may not be there.
            all.extend(filter_of(meta).filter(|_| condition.is_none()));
        });
    }
    let is_same = |further: &Path| args.filter.as_ref().is_some_and(|filter| same(filter, further));
    let (again, others): (Vec<_>, Vec<_>) = all.into_iter().partition(is_same);
    for filter in &again {
        ctxt.error(
            filter,
            "another `#[pipeline_step]` of this function names this filter: remove one of the two",
        );
    }
    others
}

fn filter_of(meta: &Meta) -> Option<Path> {
    let list = meta.require_list().ok().filter(|list| is_named(&list.path, "pipeline_step"))?;
    // Its own mistakes are reported when it is expanded.
    Args::read(&Ctxt::default(), list.tokens.clone()).filter
}
