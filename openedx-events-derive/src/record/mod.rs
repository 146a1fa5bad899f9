//! What `#[derive(EventData)]` and `#[signal]` share: named fields, their attributes and the impl of `EventData`.

mod expand;
mod field;
mod field_type;

use proc_macro2::Span;
use quote::ToTokens as _;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, Meta, Type};

use crate::attr;
use crate::ctxt::Ctxt;

pub(crate) use expand::{debug, expand, fallback, stand_in};
pub(crate) use field::Field;
pub(crate) use field_type::mend;

/// A struct with named fields.
pub(crate) struct Record {
    pub(crate) ident: Ident,
    pub(crate) description: String,
    pub(crate) fields: Vec<Field>,
    /// The mark of the whole type as personal data, if there is one.
    pub(crate) personal: Option<Span>,
    /// Whether the record has no form in Avro.
    pub(crate) in_process: bool,
}

impl Record {
    /// Whether the record holds itself without a list in between, so that it has no size. That is rustc's to report.
    pub(crate) fn is_infinite(&self) -> bool {
        self.fields.iter().any(|field| field_type::is_infinite(&field.ty, &self.ident))
    }

    /// Refuses types that cannot be those of fields. Generics are refused already, and with them their uses.
    pub(crate) fn check_types(&self, ctxt: &Ctxt, generics: &syn::Generics) {
        if generics.params.is_empty() {
            self.fields.iter().for_each(|field| field_type::check(ctxt, &field.ty));
        }
    }

    /// Whether a field has a type that was refused.
    pub(crate) fn has_refused_type(&self) -> bool {
        self.fields.iter().any(|field| field_type::is_refused(&field.ty))
    }

    /// The first mark of personal data.
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

/// A type without its invisible groups and parentheses, which `macro_rules!` puts around its arguments.
pub(crate) fn peel(mut ty: &Type) -> &Type {
    loop {
        ty = match ty {
            Type::Group(group) => &group.elem,
            Type::Paren(paren) => &paren.elem,
            _ => return ty,
        };
    }
}

/// Refuses generics.
pub(crate) fn refuse_generics(ctxt: &Ctxt, generics: &syn::Generics, what: &str) {
    if !generics.params.is_empty() {
        let lifetimes = generics.params.iter().all(|param| matches!(param, syn::GenericParam::Lifetime(_)));
        let message = if lifetimes {
            format!("{what} must own its data: remove the lifetimes, and use owned types such as `String`")
        } else {
            format!("{what} cannot be generic: remove the parameters, and name concrete types")
        };
        ctxt.error(&generics.params, message);
    } else if let Some(clause) = &generics.where_clause {
        ctxt.error(
            clause.to_token_stream(),
            format_args!("{what} cannot be generic: remove the `where` clause"),
        );
    }
}
