//! The parameters of a receiver: what the name stands for, and how the type takes it.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Attribute, FnArg, Ident, Lifetime, Type};

use super::args::Targets;
use super::looks::Looks;
use crate::ctxt::Ctxt;
use crate::function::attributes::Marker;
use crate::function::lifetimes::Lifetimes;
use crate::function::spelling::{By, Spelling, is_mutable};
use crate::function::state::StateParameter;
use crate::function::{Role, attributes, parameter, state};

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
        let parameter = parameter::typed(ctxt, input, &Role::RECEIVER)?;
        let is_state = attributes::take(ctxt, &mut parameter.attrs, Marker::STATE);
        // Both are checked, so that each has its message.
        let name = parameter::name_of(ctxt, &parameter.pat, &Role::RECEIVER);
        let is_usable = check_type(ctxt, &parameter.ty, is_state);
        let name = name.filter(|_| is_usable)?;
        let spelling = Spelling::of(&parameter.ty);
        let takes = if is_state {
            Takes::State(state::read(ctxt, &parameter.ty, lifetimes, &Role::RECEIVER)?)
        } else {
            takes(ctxt, &name, &spelling, targets, lifetimes)?
        };
        if !takes.is_signal()
            && let Some(lifetime) = parameter::static_lifetime(&parameter.ty)
        {
            refuse_static(ctxt, lifetime, &takes);
            return None;
        }
        Some(Self {
            takes,
            by: spelling.by,
            ty: lifetimes.elide(parameter.ty.to_token_stream()),
            conditions: parameter::conditions(&parameter.attrs),
            name,
        })
    }

    /// The state that it takes.
    pub(super) fn as_state(&self) -> Option<StateParameter<'_>> {
        let Takes::State(ty) = &self.takes else { return None };
        Some(StateParameter { name: &self.name, ty, conditions: &self.conditions })
    }
}

/// Refuses types that cannot take a shared value, and types that are not concrete.
fn check_type(ctxt: &Ctxt, ty: &Type, is_state: bool) -> bool {
    // Of a state this is checked with the rest.
    if !is_state && is_mutable(ty) {
        ctxt.error(ty, "an event is shared by all its receivers: take `&T`, and clone what you change");
        return false;
    }
    parameter::check_concrete(ctxt, ty, &Role::RECEIVER)
}

fn refuse_static(ctxt: &Ctxt, lifetime: &Lifetime, takes: &Takes) {
    let message = if matches!(takes, Takes::State(_)) {
        "a state is lent to a receiver for one call, as that of a test scope ends with the scope: remove `'static`"
    } else {
        "an event is lent to a receiver for one call: remove `'static`, and clone what the receiver keeps"
    };
    ctxt.error(lifetime, message);
}

/// The value that a parameter's name stands for.
fn takes(
    ctxt: &Ctxt,
    name: &Ident,
    spelling: &Spelling<'_>,
    targets: &Targets,
    lifetimes: &Lifetimes,
) -> Option<Takes> {
    let text = parameter::looked_up(name);
    match text.as_str() {
        "event" => return Some(Takes::Event),
        "metadata" => return Some(Takes::Metadata),
        "signal" => return Some(Takes::Signal),
        "from_event_bus" => return Some(Takes::FromEventBus),
        _ => {}
    }
    let looks = Looks::of(spelling, targets);
    if matches!(targets, Targets::Any) {
        refuse_field_of_any(ctxt, name, &text, looks);
        return None;
    }
    let value = lifetimes.elide(spelling.value.to_token_stream());
    Some(Takes::Field(Field { name: parameter::field_name(&text, name), value, looks }))
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
