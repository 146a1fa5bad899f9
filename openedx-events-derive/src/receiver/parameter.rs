//! The parameters of a receiver: what the name stands for, and how the type takes it.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, FnArg, Ident, Lifetime, Pat, PatType, Type};

use super::args::Targets;
use super::lifetimes::Lifetimes;
use super::neighbours;
use super::spelling::{By, Looks, Spelling, is_unsized, reference, same, shown};
use crate::ctxt::Ctxt;
use crate::record::peel;

/// One parameter, read and checked.
pub(super) struct Parameter {
    pub(super) name: Ident,
    pub(super) takes: Takes,
    pub(super) by: By,
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
    Field(Field),
}

impl Takes {
    /// Whether it is a signal, under its name or another: that is a static.
    fn is_signal(&self) -> bool {
        matches!(self, Self::Signal | Self::Field(Field { looks: Looks::Signal, .. }))
    }
}

/// A field of the event.
pub(super) struct Field {
    pub(super) name: Ident,
    /// The parameter's type, behind its reference.
    pub(super) value: TokenStream,
    pub(super) looks: Looks,
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
        let is_state = neighbours::take_state(ctxt, &mut parameter.attrs);
        // Both are checked, so that each has its message.
        let name = name_of(ctxt, &parameter.pat);
        let is_concrete = check_type(ctxt, &parameter.ty, is_state);
        let name = name.filter(|_| is_concrete)?;
        let spelling = Spelling::of(&parameter.ty);
        let takes = if is_state {
            state(ctxt, &parameter.ty, &spelling, lifetimes)?
        } else {
            takes(ctxt, &name, &spelling, targets, lifetimes)?
        };
        if !takes.is_signal()
            && let Some(lifetime) = static_lifetime(&parameter.ty)
        {
            refuse_static(ctxt, lifetime, &takes);
            return None;
        }
        let conditions = parameter.attrs.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        Some(Self {
            takes,
            by: spelling.by,
            ty: lifetimes.elide(parameter.ty.to_token_stream()),
            conditions: conditions.cloned().collect(),
            name,
        })
    }
}

/// Refuses two parameters that take the state of one type: they would get the same value.
pub(super) fn check_states(ctxt: &Ctxt, parameters: &[Parameter]) {
    for (index, parameter) in parameters.iter().enumerate() {
        let Takes::State(ty) = &parameter.takes else { continue };
        let is_same = |before: &&Parameter| {
            matches!(&before.takes, Takes::State(other) if same(ty, other))
                // Under different conditions there is only one of the two.
                && same_conditions(before, parameter)
        };
        if let Some(before) = parameters[..index].iter().find(is_same) {
            let (first, second) = (before.name.unraw(), parameter.name.unraw());
            ctxt.error(
                ty,
                format_args!(
                    "`{first}` and `{second}` take a state of one type, so they are one value: wrap one of the two in \
                     a type of its own, or remove one of the parameters"
                ),
            );
        }
    }
}

fn same_conditions(a: &Parameter, b: &Parameter) -> bool {
    let text = |parameter: &Parameter| {
        let conditions = &parameter.conditions;
        conditions.iter().map(|condition| condition.to_token_stream().to_string()).collect::<Vec<_>>()
    };
    text(a) == text(b)
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

/// The lifetime of a type that is spelled `&'static T` or `Option<&'static T>`.
fn static_lifetime(ty: &Type) -> Option<&Lifetime> {
    let reference = reference(ty)?;
    reference.lifetime.as_ref().filter(|lifetime| lifetime.ident == "static")
}

fn refuse_static(ctxt: &Ctxt, lifetime: &Lifetime, takes: &Takes) {
    let message = if matches!(takes, Takes::State(_)) {
        "a state is lent to a receiver for one call, as that of a test scope ends with the scope: remove `'static`"
    } else {
        "an event is lent to a receiver for one call: remove `'static`, and clone what the receiver keeps"
    };
    ctxt.error(lifetime, message);
}

fn state(ctxt: &Ctxt, ty: &Type, spelling: &Spelling<'_>, lifetimes: &Lifetimes) -> Option<Takes> {
    if !matches!(spelling.by, By::Reference) {
        ctxt.error(
            ty,
            "state is shared by all receivers: take a reference to the type that `provide` was called with, \
             `#[state] name: &Type`",
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
    Some(Takes::State(lifetimes.elide(spelling.value.to_token_stream())))
}

/// The value that a parameter's name stands for. One leading underscore is ignored: rustc suggests it for unused
/// parameters.
fn takes(
    ctxt: &Ctxt,
    name: &Ident,
    spelling: &Spelling<'_>,
    targets: &Targets,
    lifetimes: &Lifetimes,
) -> Option<Takes> {
    let text = name.unraw().to_string();
    let text = text.strip_prefix('_').filter(|rest| !rest.is_empty()).unwrap_or(&text);
    match text {
        "event" => return Some(Takes::Event),
        "metadata" => return Some(Takes::Metadata),
        "signal" => return Some(Takes::Signal),
        "from_event_bus" => return Some(Takes::FromEventBus),
        _ => {}
    }
    let looks = spelling.looks(targets);
    if matches!(targets, Targets::Any) {
        refuse_field_of_any(ctxt, name, text, looks);
        return None;
    }
    let value = lifetimes.elide(spelling.value.to_token_stream());
    Some(Takes::Field(Field { name: field_name(text, name), value, looks }))
}

/// There is no field here, so that the name of the type is enough to tell what is meant.
fn refuse_field_of_any(ctxt: &Ctxt, name: &Ident, text: &str, looks: Looks) {
    let taken_as = |name| format!("what has this type is taken by the name `{name}`: call the parameter so");
    let message = match looks {
        Looks::Metadata => taken_as("metadata"),
        Looks::Event => taken_as("event"),
        Looks::Signal => taken_as("signal"),
        Looks::Context | Looks::Other | Looks::Dyn => format!(
            "a receiver of any event cannot take the field `{text}`: take `event: &dyn AnyEvent`, or name the signals \
             that have the field; what `provide` was called with is taken as `#[state] {text}: &Type`"
        ),
    };
    ctxt.error(name, message);
}

/// The field's name, placed at the parameter, so that rustc points there if there is no such field.
fn field_name(text: &str, parameter: &Ident) -> Ident {
    let is_raw = parameter.to_string().starts_with("r#") || syn::parse_str::<Ident>(text).is_err();
    if is_raw { Ident::new_raw(text, parameter.span()) } else { Ident::new(text, parameter.span()) }
}
