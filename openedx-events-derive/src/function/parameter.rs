//! What every parameter of a registered function has: a name, and a concrete type.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, FnArg, Ident, Lifetime, Pat, PatType, Type};

use super::Role;
use super::spelling::reference;
use crate::ctxt::Ctxt;

/// The parameter, unless it is `self`.
pub(crate) fn typed<'a>(ctxt: &Ctxt, input: &'a mut FnArg, role: &Role) -> Option<&'a mut PatType> {
    match input {
        FnArg::Receiver(this) => {
            ctxt.error(
                this,
                format_args!(
                    "{} cannot take `self`: move the function out of the `impl`, and take what it needs as `#[state] \
                     name: &Type`",
                    role.noun
                ),
            );
            None
        }
        FnArg::Typed(parameter) => Some(parameter),
    }
}

/// The name, unless the parameter is a pattern.
pub(crate) fn name_of(ctxt: &Ctxt, pattern: &Pat, role: &Role) -> Option<Ident> {
    if let Pat::Ident(pattern) = pattern
        && pattern.by_ref.is_none()
        && pattern.subpat.is_none()
    {
        return Some(pattern.ident.clone());
    }
    ctxt.error(
        pattern,
        format_args!(
            "expected a plain name, by which {}'s parameter is looked up: destructure the value in the body",
            role.noun
        ),
    );
    None
}

/// Refuses a type that is generic.
pub(crate) fn check_concrete(ctxt: &Ctxt, ty: &Type, role: &Role) -> bool {
    let is_concrete = !has_impl(ty.to_token_stream());
    if !is_concrete {
        ctxt.error(
            ty,
            format_args!("{} cannot be generic: name a concrete type, such as the field's", role.noun),
        );
    }
    is_concrete
}

/// Whether the tokens contain `impl`, at any depth.
fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        _ => false,
    })
}

/// The lifetime of a type that is spelled `&'static T` or `Option<&'static T>`.
pub(crate) fn static_lifetime(ty: &Type) -> Option<&Lifetime> {
    let reference = reference(ty)?;
    reference.lifetime.as_ref().filter(|lifetime| lifetime.ident == "static")
}

/// Its `#[cfg]` attributes, which are not applied yet when an attribute macro runs.
pub(crate) fn conditions(attributes: &[Attribute]) -> Vec<Attribute> {
    attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")).cloned().collect()
}

/// What the name stands for. One leading underscore is ignored: rustc suggests it for unused parameters.
pub(crate) fn looked_up(name: &Ident) -> String {
    let text = name.unraw().to_string();
    text.strip_prefix('_').filter(|rest| !rest.is_empty()).map(str::to_owned).unwrap_or(text)
}

/// The name of a field, placed at the parameter, so that rustc points there if there is no such field.
pub(crate) fn field_name(text: &str, parameter: &Ident) -> Ident {
    let is_raw = parameter.to_string().starts_with("r#") || syn::parse_str::<Ident>(text).is_err();
    if is_raw { Ident::new_raw(text, parameter.span()) } else { Ident::new(text, parameter.span()) }
}

/// A name of generated code for the parameter of this index. It is resolved in the user's code, so that messages do not
/// mention an expansion.
pub(crate) fn generated(what: &str, index: usize, parameter: &Ident) -> Ident {
    Ident::new(&format!("__openedx_{what}{index}"), parameter.span())
}
