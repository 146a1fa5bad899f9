//! The parameters of a step: what the name stands for, and how the type takes it.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::{Attribute, FnArg, Ident, Type};

use crate::ctxt::Ctxt;
use crate::function::attributes::Marker;
use crate::function::lifetimes::Lifetimes;
use crate::function::spelling::{By, Spelling, is_mutable, is_unsized, reference, shown};
use crate::function::state::StateParameter;
use crate::function::{Role, attributes, parameter, state};
use crate::record::peel;

/// One parameter, read and checked.
pub(super) struct Parameter {
    pub(super) name: Ident,
    pub(super) takes: Takes,
    pub(super) by: By,
    /// The type, with `'_` for the function's own lifetimes.
    pub(super) ty: TokenStream,
    pub(super) conditions: Vec<Attribute>,
}

pub(super) enum Takes {
    /// A field of the filter.
    Field(Ident),
    /// A field of the filter: a copy that is put back when the step ends well.
    Change(Ident),
    /// A state of this type.
    State(TokenStream),
    /// What the settings say, as this type.
    Options(TokenStream),
}

impl Parameter {
    pub(super) fn read(ctxt: &Ctxt, input: &mut FnArg, lifetimes: &Lifetimes) -> Option<Self> {
        let parameter = parameter::typed(ctxt, input, &Role::STEP)?;
        let is_state = attributes::take(ctxt, &mut parameter.attrs, Marker::STATE);
        let is_options = attributes::take(ctxt, &mut parameter.attrs, Marker::OPTIONS);
        let ty = &*parameter.ty;
        // All are checked, so that each has its message.
        let name = parameter::name_of(ctxt, &parameter.pat, &Role::STEP);
        let is_concrete = parameter::check_concrete(ctxt, ty, &Role::STEP);
        let name = name.filter(|_| is_concrete)?;
        if is_state && is_options {
            ctxt.error(&name, "a parameter is either `#[state]` or `#[options]`: remove one of the two");
            return None;
        }
        let takes = if is_state {
            Takes::State(state::read(ctxt, ty, lifetimes, &Role::STEP)?)
        } else if is_options {
            Takes::Options(options(ctxt, ty)?)
        } else {
            field(ctxt, &name, ty)?
        };
        if let Some(lifetime) = parameter::static_lifetime(ty) {
            ctxt.error(
                lifetime,
                "what a step takes is lent to it for one call: remove `'static`, and clone what it keeps",
            );
            return None;
        }
        Some(Self {
            takes,
            by: Spelling::of(ty).by,
            ty: lifetimes.elide(ty.to_token_stream()),
            conditions: parameter::conditions(&parameter.attrs),
            name,
        })
    }

    /// Whether it takes a copy of a field that is put back.
    pub(super) fn is_change(&self) -> bool {
        matches!(self.takes, Takes::Change(_))
    }

    /// The state that it takes.
    pub(super) fn as_state(&self) -> Option<StateParameter<'_>> {
        let Takes::State(ty) = &self.takes else { return None };
        Some(StateParameter { name: &self.name, ty, conditions: &self.conditions })
    }
}

fn field(ctxt: &Ctxt, name: &Ident, ty: &Type) -> Option<Takes> {
    let field = parameter::field_name(&parameter::looked_up(name), name);
    if is_mutable(ty) {
        let value = Spelling::of(ty).value;
        if is_unsized(value) {
            let owned = owned(value).map(|owned| format!(", such as `&mut {owned}`")).unwrap_or_default();
            ctxt.error(
                ty,
                format_args!("a step changes a copy of the field: take the type of the field itself{owned}"),
            );
            return None;
        }
        return Some(Takes::Change(field));
    }
    if reference(ty).is_some_and(|reference| reference.mutability.is_some()) {
        ctxt.error(
            ty,
            format_args!(
                "a step changes the field as a whole: take `&mut Option<{}>`",
                reference(ty).map(|reference| shown(&reference.elem)).unwrap_or_default()
            ),
        );
        return None;
    }
    Some(Takes::Field(field))
}

/// The type that owns text or a list; `None` for a trait object, which any type may be behind.
fn owned(ty: &Type) -> Option<String> {
    match peel(ty) {
        Type::Slice(slice) => Some(format!("Vec<{}>", shown(&slice.elem))),
        Type::TraitObject(_) => None,
        _ => Some("String".to_owned()),
    }
}

fn options(ctxt: &Ctxt, ty: &Type) -> Option<TokenStream> {
    let spelling = Spelling::of(ty);
    let is_reference = matches!(spelling.by, By::Reference) && !is_mutable(ty);
    if !is_reference || is_unsized(spelling.value) {
        ctxt.error(
            ty,
            "options are read once, when the program starts: take a reference to the type that they are read into, \
             `#[options] name: &Options`",
        );
        return None;
    }
    let ty = spelling.value.to_token_stream();
    if let Some(lifetime) = borrowed(ty.clone()) {
        ctxt.error(
            lifetime,
            "options are kept until the program ends: read them into a type that owns them, such as one with `String` for `&str`",
        );
        return None;
    }
    Some(ty)
}

/// The first reference or lifetime in a type: what it borrows ends before the program does, unless it is `'static`.
fn borrowed(ty: TokenStream) -> Option<TokenStream> {
    let mut tokens = ty.into_iter();
    while let Some(token) = tokens.next() {
        let found = match token {
            TokenTree::Punct(punct) if punct.as_char() == '&' => Some(punct.to_token_stream()),
            TokenTree::Punct(quote) if quote.as_char() == '\'' => {
                tokens.next().filter(|name| name.to_string() != "static").map(|name| quote!(#quote #name))
            }
            TokenTree::Group(group) => borrowed(group.stream()),
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

/// Refuses a field that is changed and taken a second time, and options that are taken twice.
pub(super) fn check_repeated(ctxt: &Ctxt, parameters: &[Parameter]) {
    for (index, parameter) in parameters.iter().enumerate() {
        let before = || parameters[..index].iter().filter(|before| is_at_once(before, parameter));
        match &parameter.takes {
            Takes::Options(ty) => {
                if before().any(|before| matches!(before.takes, Takes::Options(_))) {
                    ctxt.error(
                        ty,
                        "the options are taken twice: read them into one type, with a field for each",
                    );
                }
            }
            Takes::Field(field) | Takes::Change(field) => {
                let is_same = |each: &&Parameter| each.field().is_some_and(|other| other == field);
                if let Some(before) = before().find(is_same)
                    && (before.is_change() || parameter.is_change())
                {
                    ctxt.error(
                        &parameter.name,
                        format_args!(
                            "`{}` and `{}` take one field, which the step changes: remove one of the parameters",
                            before.name.unraw(),
                            parameter.name.unraw()
                        ),
                    );
                }
            }
            Takes::State(_) => {}
        }
    }
}

/// Whether two parameters are there in the same builds. Under different conditions there may be only one of the two.
fn is_at_once(a: &Parameter, b: &Parameter) -> bool {
    let text = |parameter: &Parameter| {
        parameter.conditions.iter().map(|each| each.to_token_stream().to_string()).collect::<Vec<_>>()
    };
    text(a) == text(b)
}

impl Parameter {
    fn field(&self) -> Option<&Ident> {
        match &self.takes {
            Takes::Field(field) | Takes::Change(field) => Some(field),
            Takes::State(_) | Takes::Options(_) => None,
        }
    }
}
