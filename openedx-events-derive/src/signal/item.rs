//! The struct that `#[signal]` stands on.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Attribute, Data, DeriveInput, GenericParam, Generics, Ident, Visibility};

use crate::ctxt::Ctxt;
use crate::docs;
use crate::event_type::snake_case;
use crate::record::{Field, Record, derived, is_ours, refuse_generics};

/// Parameters of receivers that are not fields; a field of that name could not be taken.
const RESERVED: [&str; 4] = ["event", "metadata", "signal", "from_event_bus"];

/// The struct.
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
            syn::Error::new(error.span(), "`#[signal]` stands on a struct: `struct BadgeAwarded { … }`")
        })?;
        let description = docs::text(&input.attrs);
        refuse_generics(ctxt, &input.generics, "an event");
        let derives_debug =
            refuse_derive(ctxt, &input.attrs, "Debug", "a `Debug` that redacts personal data");
        let derives_data = refuse_derive(ctxt, &input.attrs, "EventData", "its `EventData`");
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

    /// The event's type, for a stand-in of one with parameters too; `None` if their bounds leave no simple one.
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
        "an event is a set of named values: write a struct with named fields, one of which may hold an enum without \
         data",
    );
    Vec::new()
}

/// Receivers strip one underscore, as rustc suggests it for unused parameters, and take some names for other things.
fn check_name(ctxt: &Ctxt, event: &Ident, field: &Field) {
    let name = field.name();
    if name.starts_with('_') {
        ctxt.error(
            &field.ident,
            format_args!(
                "a field of an event cannot begin with `_`, which receivers put before a parameter they do not use: \
                 call it `{}`",
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
                "receivers take `{name}` for something else: call the field otherwise, such as `{subject}_{name}`"
            ),
        );
    }
}

/// `#[signal]` gives the event these impls. A derive that stands below is seen here, and whether there is one is
/// returned; one above runs first and is left to the compiler.
fn refuse_derive(ctxt: &Ctxt, attributes: &[Attribute], name: &str, what: &str) -> bool {
    let derives = derived(attributes, name);
    for path in &derives {
        ctxt.error(path, format_args!("`#[signal]` gives the event {what}: take this one away"));
    }
    !derives.is_empty()
}

/// What `#[event_data]` says of a type is said of an event by `#[signal]`, or by its fields.
fn refuse_event_data(ctxt: &Ctxt, attributes: &mut Vec<Attribute>) {
    for attribute in attributes.iter().filter(|attribute| is_ours(attribute)) {
        ctxt.error(
            attribute.path(),
            "`event_data` belongs on the fields of an event, as in `#[event_data(pii)]`; `crate` is an argument of \
             `#[signal]`",
        );
    }
    attributes.retain(|attribute| !is_ours(attribute));
}

/// An attribute macro sees fields before `cfg` has taken any away. A derive does not, so this is of events alone.
fn refuse_cfg(ctxt: &Ctxt, attributes: &[Attribute]) {
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")) {
        ctxt.error(
            attribute,
            "an event has one shape on the wire, in every build: take `cfg` away, and make the field an `Option`",
        );
    }
}
