//! The parameters of a receiver: what the name stands for, and how the type takes it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, FnArg, GenericArgument, Ident, Pat, PatType, PathArguments, Type};

use super::args::Targets;
use super::lifetimes::Lifetimes;
use crate::ctxt::Ctxt;
use crate::record::peel;

/// One parameter, read and checked.
pub(super) struct Parameter {
    pub(super) name: Ident,
    pub(super) takes: Takes,
    /// The type, with `'_` for the function's own lifetimes.
    pub(super) ty: TokenStream,
    /// Its `#[cfg]` attributes, which are not applied yet when an attribute macro runs.
    pub(super) conditions: Vec<Attribute>,
}

pub(super) enum Takes {
    Event,
    Metadata,
    Signal,
    FromEventBus,
    /// A state of this type.
    State(TokenStream),
    Field {
        name: Ident,
        by: By,
    },
}

pub(super) enum By {
    Reference,
    Option,
    Value,
}

impl Parameter {
    pub(super) fn read(
        ctxt: &Ctxt,
        input: &mut FnArg,
        targets: &Targets,
        lifetimes: &Lifetimes,
    ) -> Option<Self> {
        match input {
            FnArg::Receiver(this) => {
                ctxt.error(
                    this,
                    "a receiver cannot take `self`: move the function out of the `impl`, and take what it needs as \
                     `#[state] name: &Type`",
                );
                None
            }
            FnArg::Typed(parameter) => Self::read_typed(ctxt, parameter, targets, lifetimes),
        }
    }

    fn read_typed(
        ctxt: &Ctxt,
        parameter: &mut PatType,
        targets: &Targets,
        lifetimes: &Lifetimes,
    ) -> Option<Self> {
        let is_state = take_state_attribute(ctxt, &mut parameter.attrs);
        // Both are checked, so that each has its message.
        let name = name_of(ctxt, &parameter.pat);
        let is_concrete = check_type(ctxt, &parameter.ty, is_state);
        let name = name.filter(|_| is_concrete)?;
        let takes = if is_state {
            state(ctxt, &parameter.ty, lifetimes)?
        } else {
            takes(ctxt, &name, &parameter.ty, targets)?
        };
        let conditions = parameter.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        Some(Self {
            takes,
            ty: lifetimes.elide(parameter.ty.to_token_stream()),
            conditions: conditions.cloned().collect(),
            name,
        })
    }
}

/// Removes `#[state]` from the attributes, as the compiler does not know it, and returns whether it was there.
fn take_state_attribute(ctxt: &Ctxt, attributes: &mut Vec<Attribute>) -> bool {
    let (ours, others): (Vec<_>, Vec<_>) =
        attributes.drain(..).partition(|attribute| attribute.path().is_ident("state"));
    *attributes = others;
    for attribute in &ours {
        if attribute.meta.require_path_only().is_err() {
            ctxt.error(
                attribute,
                "`#[state]` takes no arguments: remove them, as the state is found by the parameter's type",
            );
        }
    }
    if let [_, again, ..] = ours.as_slice() {
        ctxt.error(again, "`#[state]` is given twice: remove one of the two");
    }
    !ours.is_empty()
}

fn name_of(ctxt: &Ctxt, pattern: &Pat) -> Option<Ident> {
    if let Pat::Ident(pattern) = pattern
        && pattern.by_ref.is_none()
        && pattern.subpat.is_none()
    {
        return Some(pattern.ident.clone());
    }
    ctxt.error(
        pattern,
        "expected a plain name, by which a receiver's parameter is looked up: destructure the value in the body",
    );
    None
}

/// Refuses types that cannot take a shared value, and types that are not concrete.
fn check_type(ctxt: &Ctxt, ty: &Type, is_state: bool) -> bool {
    if matches!(peel(ty), Type::Reference(reference) if reference.mutability.is_some()) {
        let message = if is_state {
            "state is shared by all receivers: take `&T`, and put what changes into a `Mutex` or an atomic"
        } else {
            "an event is shared by all its receivers: take `&T`, and clone what you change"
        };
        ctxt.error(ty, message);
        return false;
    }
    if has_impl(ty.to_token_stream()) {
        ctxt.error(ty, "a receiver cannot be generic: name a concrete type, such as the field's");
        return false;
    }
    true
}

/// Whether the tokens contain `impl`, at any depth.
fn has_impl(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "impl",
        TokenTree::Group(group) => has_impl(group.stream()),
        _ => false,
    })
}

fn state(ctxt: &Ctxt, ty: &Type, lifetimes: &Lifetimes) -> Option<Takes> {
    if let Type::Reference(reference) = peel(ty) {
        return Some(Takes::State(lifetimes.elide(reference.elem.to_token_stream())));
    }
    ctxt.error(
        ty,
        "state is shared by all receivers: take a reference to the type that `provide` was called with, \
         `#[state] name: &Type`",
    );
    None
}

/// The value that a parameter's name stands for. One leading underscore is ignored: rustc suggests it for unused
/// parameters.
fn takes(ctxt: &Ctxt, name: &Ident, ty: &Type, targets: &Targets) -> Option<Takes> {
    let text = name.unraw().to_string();
    let text = text.strip_prefix('_').filter(|rest| !rest.is_empty()).unwrap_or(&text);
    match text {
        "event" => return Some(Takes::Event),
        "metadata" => return Some(Takes::Metadata),
        "signal" => return Some(Takes::Signal),
        "from_event_bus" => return Some(Takes::FromEventBus),
        _ => {}
    }
    if matches!(targets, Targets::Any) {
        ctxt.error(
            name,
            format_args!(
                "a receiver of any event cannot take the field `{text}`: take `event: &dyn AnyEvent`, or name the \
                 signals that have the field"
            ),
        );
        return None;
    }
    let by = match peel(ty) {
        Type::Reference(_) => By::Reference,
        ty if is_option_of_reference(ty) => By::Option,
        _ => By::Value,
    };
    Some(Takes::Field { name: field_name(text, name), by })
}

/// The field's name, placed at the parameter, so that rustc points there if there is no such field.
fn field_name(text: &str, parameter: &Ident) -> Ident {
    let is_raw = parameter.to_string().starts_with("r#") || syn::parse_str::<Ident>(text).is_err();
    if is_raw { Ident::new_raw(text, parameter.span()) } else { Ident::new(text, parameter.span()) }
}

/// Whether the type is spelled `Option<&T>`: the conversion has to be chosen before types are known.
fn is_option_of_reference(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    last.ident == "Option"
        && matches!(arguments.args.first(), Some(GenericArgument::Type(ty)) if matches!(peel(ty), Type::Reference(_)))
}
