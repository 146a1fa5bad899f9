//! Parameters with `#[state]`: values that `provide` was called with.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Attribute, Ident, Type};

use super::Role;
use super::lifetimes::Lifetimes;
use super::spelling::{By, Spelling, is_mutable, is_unsized, same, shown};
use crate::ctxt::Ctxt;
use crate::krate::{Krate, local};

/// A state that a parameter takes.
pub(crate) struct StateParameter<'a> {
    pub(crate) name: &'a Ident,
    pub(crate) ty: &'a TokenStream,
    pub(crate) conditions: &'a [Attribute],
}

/// The type of the state, if a parameter can take it so.
pub(crate) fn read(ctxt: &Ctxt, ty: &Type, lifetimes: &Lifetimes, role: &Role) -> Option<TokenStream> {
    let spelling = Spelling::of(ty);
    if is_mutable(ty) {
        ctxt.error(
            ty,
            format_args!(
                "state is shared by all {}: take `&T`, and put what changes into a `Mutex` or an atomic",
                role.nouns
            ),
        );
        return None;
    }
    if !matches!(spelling.by, By::Reference) {
        ctxt.error(
            ty,
            format_args!(
                "state is shared by all {}: take a reference to the type that `provide` was called with, `#[state] \
                 name: &Type`",
                role.nouns
            ),
        );
        return None;
    }
    if is_unsized(spelling.value) {
        let value = shown(spelling.value);
        ctxt.error(
            spelling.value,
            format_args!(
                "a state is a value of a known size, which `{value}` is not: call `provide` with an `Arc<{value}>`, and \
                 take `&Arc<{value}>`"
            ),
        );
        return None;
    }
    Some(lifetimes.elide(spelling.value.to_token_stream()))
}

/// Refuses two parameters that take the state of one type: they would get the same value.
pub(crate) fn check_repeated<'a>(ctxt: &Ctxt, states: impl Iterator<Item = StateParameter<'a>>) {
    let mut before: Vec<StateParameter<'_>> = Vec::new();
    for state in states {
        // Under different conditions there is only one of the two.
        let is_same = |other: &&StateParameter<'_>| {
            same(state.ty, other.ty) && condition(state.conditions) == condition(other.conditions)
        };
        if let Some(first) = before.iter().find(is_same) {
            let (first, second) = (first.name.unraw(), state.name.unraw());
            ctxt.error(
                state.ty,
                format_args!(
                    "`{first}` and `{second}` take a state of one type, so they are one value: wrap one of the two in \
                     a type of its own, or remove one of the parameters"
                ),
            );
        }
        before.push(state);
    }
}

fn condition(conditions: &[Attribute]) -> Vec<String> {
    conditions.iter().map(|condition| condition.to_token_stream().to_string()).collect()
}

/// The value, looked up once: what is behind it is borrowed for the call.
pub(crate) fn find(krate: &Krate, ty: &TokenStream) -> TokenStream {
    let (as_state, context) = (as_state(krate, ty), local("context"));
    quote!({
        static SLOT: #krate::StateSlot = #krate::StateSlot::new();
        #as_state::find(#context, &SLOT)?
    })
}

/// What `check` looks for.
pub(crate) fn need(krate: &Krate, ty: &TokenStream) -> TokenStream {
    let as_state = as_state(krate, ty);
    quote!(#as_state::NEED)
}

/// `<Type as State>`, spelled the same everywhere, so that rustc reports a type that cannot be state once.
fn as_state(krate: &Krate, ty: &TokenStream) -> TokenStream {
    let krate = krate.at(ty.span());
    quote_spanned!(ty.span()=> <#ty as #krate::State>)
}
