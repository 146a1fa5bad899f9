//! The struct under `#[signal]`.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Attribute, Data, DeriveInput, GenericParam, Generics, Ident, Visibility};

use crate::ctxt::Ctxt;
use crate::docs;
use crate::event_type::snake_case;
use crate::record::{Field, Record, derived, is_ours, refuse_generics};

/// Parameters of receivers that are not fields. A receiver could not take a field with one of these names.
const RESERVED: [&str; 4] = ["event", "metadata", "signal", "from_event_bus"];

/// The struct, read and checked.
pub(super) struct Item {
    pub(super) vis: Visibility,
    pub(super) generics: Generics,
    pub(super) record: Record,
    /// The struct as the user wrote it, without our attributes.
    pub(super) tokens: TokenStream,
    pub(super) derives_debug: bool,
    pub(super) derives_data: bool,
}

impl Item {
    pub(super) fn read(ctxt: &Ctxt, item: TokenStream, in_process: bool) -> syn::Result<Self> {
        let mut input: DeriveInput = syn::parse2(item).map_err(|error| {
            syn::Error::new(
                error.span(),
                "`#[signal]` can only be applied to a struct: `struct BadgeAwarded { … }`",
            )
        })?;
        let description = docs::text(&input.attrs);
        refuse_generics(ctxt, &input.generics, "an event");
        let derives_debug =
            refuse_derive(ctxt, &input.attrs, "Debug", "a `Debug` that redacts personal data");
        let derives_data = refuse_derive(ctxt, &input.attrs, "EventData", "`EventData`");
        refuse_event_data(ctxt, &mut input.attrs);
        let fields = match &mut input.data {
            Data::Struct(data) => {
                let fields = Field::read_all(ctxt, &input.ident, "an event", &data.fields);
                for field in &mut data.fields {
                    refuse_cfg(ctxt, &field.attrs);
                    field.attrs.retain(|attribute| !is_ours(attribute));
                }
                fields
            }
            Data::Enum(data) => refuse_kind(ctxt, data.enum_token),
            Data::Union(data) => refuse_kind(ctxt, data.union_token),
        };
        for field in &fields {
            check_name(ctxt, &input.ident, field);
        }
        let tokens = input.to_token_stream();
        let DeriveInput { vis, generics, ident, .. } = input;
        let record = Record { ident, description, fields, personal: None, in_process };
        Ok(Self { vis, generics, record, tokens, derives_debug, derives_data })
    }

    /// The event's type for a stand-in, with arguments for its parameters; `None` if the bounds allow no simple ones.
    pub(super) fn stand_in_type(&self) -> Option<TokenStream> {
        let arguments = self.generics.params.iter().map(|parameter| match parameter {
            GenericParam::Lifetime(_) => Some(quote!('static)),
            GenericParam::Type(parameter) if parameter.bounds.is_empty() => Some(quote!(())),
            _ => None,
        });
        let arguments: Vec<_> = arguments.collect::<Option<_>>()?;
        let ident = &self.record.ident;
        self.generics.where_clause.is_none().then(|| quote!(#ident<#(#arguments),*>))
    }
}

fn refuse_kind(ctxt: &Ctxt, keyword: impl quote::ToTokens) -> Vec<Field> {
    ctxt.error(
        keyword,
        "an event must be a struct with named fields: write a struct, which can have a field for an enum without data",
    );
    Vec::new()
}

/// Receivers strip one underscore, which rustc suggests for unused parameters, and reserve some names for other values.
fn check_name(ctxt: &Ctxt, event: &Ident, field: &Field) {
    let name = field.name();
    if name.starts_with('_') {
        ctxt.error(
            &field.ident,
            format_args!(
                "a field of an event cannot begin with `_`, which marks an unused parameter of a receiver: rename it \
                 to `{}`",
                name.trim_start_matches('_')
            ),
        );
    }
    if RESERVED.contains(&name.as_str()) {
        let event = snake_case(&event.to_string());
        let subject = event.split('_').next().unwrap_or_default();
        ctxt.error(
            &field.ident,
            format_args!(
                "`{name}` is reserved for a parameter of receivers: rename the field, for example to \
                 `{subject}_{name}`"
            ),
        );
    }
}

/// Refuses a derive of what `#[signal]` implements, and returns whether there is one. Sees a derive below `#[signal]`;
/// one above is expanded first, and the compiler reports it.
fn refuse_derive(ctxt: &Ctxt, attributes: &[Attribute], name: &str, what: &str) -> bool {
    let derives = derived(attributes, name);
    for path in &derives {
        ctxt.error(path, format_args!("`#[signal]` implements {what}: remove this derive"));
    }
    !derives.is_empty()
}

/// Refuses `#[event_data]` on the event: `#[signal]` has arguments of its own, and fields are marked one by one.
fn refuse_event_data(ctxt: &Ctxt, attributes: &mut Vec<Attribute>) {
    for attribute in attributes.iter().filter(|attribute| is_ours(attribute)) {
        ctxt.error(
            attribute.path(),
            "`event_data` is not allowed on an event: put `pii` and `default` on its fields, and `in_process` and \
             `crate` in the arguments of `#[signal]`",
        );
    }
    attributes.retain(|attribute| !is_ours(attribute));
}

/// An attribute macro sees fields before `cfg` is applied. A derive does not, so only events are checked.
fn refuse_cfg(ctxt: &Ctxt, attributes: &[Attribute]) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")) {
        ctxt.error(
            attribute,
            "an event has the same fields in every build: remove `cfg`, and make the field an `Option`",
        );
    }
}
