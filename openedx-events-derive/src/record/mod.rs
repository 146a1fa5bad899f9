//! What `#[derive(EventData)]` and `#[signal]` share: named fields, their attributes and the impl of `EventData`.

mod expand;
mod field;

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, Meta, Token, Type};

use crate::attr;
use crate::ctxt::Ctxt;

pub(crate) use expand::{debug, expand, fallback, stand_in};
pub(crate) use field::Field;

/// A struct with named fields.
pub(crate) struct Record {
    pub(crate) ident: Ident,
    pub(crate) description: String,
    pub(crate) fields: Vec<Field>,
    /// Where the type as a whole is marked as personal data.
    pub(crate) personal: Option<Span>,
    /// Has no form on the wire.
    pub(crate) in_process: bool,
}

impl Record {
    /// Where the type is first marked as holding personal data.
    pub(crate) fn personal_at(&self) -> Option<Span> {
        self.personal.or_else(|| self.fields.iter().find_map(|field| field.personal))
    }
}

/// Reads the arguments of every `#[event_data(…)]` among the attributes.
pub(crate) fn arguments(
    ctxt: &Ctxt,
    attributes: &[Attribute],
    mut argument: impl FnMut(ParseStream<'_>) -> syn::Result<()>,
) {
    for attribute in attributes.iter().filter(|attribute| is_ours(attribute)) {
        match &attribute.meta {
            Meta::List(list) => {
                attr::read(ctxt, list.tokens.clone(), |input| attr::each(ctxt, input, &mut argument));
            }
            meta => {
                ctxt.error(meta, "`event_data` takes arguments in parentheses, as in `#[event_data(pii)]`");
            }
        }
    }
}

pub(crate) fn is_ours(attribute: &Attribute) -> bool {
    attribute.path().is_ident("event_data")
}

/// The derives of this name among the attributes, as far as they are still to be run.
pub(crate) fn derived(attributes: &[Attribute], name: &str) -> Vec<syn::Path> {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derives
        .filter_map(|derive| {
            let list = derive.meta.require_list().ok()?;
            list.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).ok()
        })
        .flatten()
        .filter(|path| path.segments.last().is_some_and(|last| last.ident == name))
        .collect()
}

/// A type without its invisible groups and parentheses, which `macro_rules!` puts around what it is given.
pub(crate) fn peel(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// Says at the generics that there can be none.
pub(crate) fn refuse_generics(ctxt: &Ctxt, generics: &syn::Generics, what: &str) {
    if !generics.params.is_empty() {
        let lifetimes = generics.params.iter().all(|param| matches!(param, syn::GenericParam::Lifetime(_)));
        let message = if lifetimes {
            format!("{what} owns its data: take the lifetimes away and hold `String` and the like")
        } else {
            format!("{what} has one shape on the wire: take the parameters away and name the types")
        };
        ctxt.error(&generics.params, message);
    } else if let Some(clause) = &generics.where_clause {
        ctxt.error(
            clause.to_token_stream(),
            format_args!("{what} has no parameters to put bounds on: take the `where` away"),
        );
    }
}
