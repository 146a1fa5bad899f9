//! The function under `#[receiver]`.

use proc_macro2::TokenStream;
use syn::{Ident, ReturnType};

use super::args::Targets;
use super::further;
use super::parameter::Parameter;
use crate::ctxt::Ctxt;
use crate::function::lifetimes::Lifetimes;
use crate::function::signature::{Function, Output, has_placeholder};
use crate::function::{Role, attributes, spelling, state};

/// The function, read and checked.
pub(super) struct Handler {
    pub(super) ident: Ident,
    pub(super) is_async: bool,
    pub(super) parameters: Vec<Parameter>,
    pub(super) output: Output,
    /// What the user allows in the function, for the code that repeats its signature and calls it.
    pub(super) allowed: Vec<TokenStream>,
    /// The signals of further `#[receiver]` attributes on the function.
    pub(super) further: Vec<syn::Path>,
    /// The function as the user wrote it, without our attributes on its parameters.
    pub(super) tokens: TokenStream,
}

impl Handler {
    pub(super) fn read(ctxt: &Ctxt, item: TokenStream, targets: &Targets) -> syn::Result<Self> {
        let mut function = Function::read(ctxt, item, &Role::RECEIVER)?;
        check_error(ctxt, &function.signature.output);
        let lifetimes = Lifetimes::of(&function.signature);
        let inputs = &mut function.signature.inputs;
        let parameters: Vec<_> =
            inputs.iter_mut().filter_map(|input| Parameter::read(ctxt, input, targets, &lifetimes)).collect();
        state::check_repeated(ctxt, parameters.iter().filter_map(Parameter::as_state));
        Ok(Self {
            output: Output::of(&function.signature),
            allowed: attributes::read(ctxt, &function.attrs, &Role::RECEIVER),
            further: further::signals(ctxt, &function.attrs, targets),
            is_async: function.signature.asyncness.is_some(),
            ident: function.signature.ident.clone(),
            parameters,
            tokens: function.into_tokens(attributes::is_foreign),
        })
    }

    /// Whether the types of all parameters are written down. rustc reports those that are not at the function.
    pub(super) fn is_typed(&self) -> bool {
        !self.parameters.iter().any(|parameter| has_placeholder(parameter.ty.clone()))
    }
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
