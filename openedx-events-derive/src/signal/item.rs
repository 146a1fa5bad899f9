//! The struct that `#[signal]` stands on.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{Attribute, Data, DeriveInput, Meta, Path, Token, Visibility};

use crate::ctxt::Ctxt;
use crate::docs;
use crate::record::{Field, Record, is_ours, refuse_generics};

/// Parameters of receivers that are not fields; a field of that name could not be taken.
pub(crate) const RESERVED: [&str; 4] = ["event", "metadata", "signal", "from_event_bus"];

/// The struct.
pub(super) struct Item {
    pub(super) vis: Visibility,
    pub(super) record: Record,
    /// The struct as the user wrote it, without our attributes on its fields.
    pub(super) tokens: TokenStream,
    /// A struct without parameters, for which stand-ins can be written.
    pub(super) is_plain: bool,
    pub(super) derives_debug: bool,
}

impl Item {
    pub(super) fn read(ctxt: &Ctxt, item: TokenStream) -> syn::Result<Self> {
        let mut input: DeriveInput = syn::parse2(item).map_err(|error| {
            syn::Error::new(error.span(), "`#[signal]` stands on a struct with named fields")
        })?;
        let description = docs::text(&input.attrs);
        refuse_generics(ctxt, &input.generics, "an event");
        let derives_debug = refuse_debug(ctxt, &input.attrs);
        let fields = match &mut input.data {
            Data::Struct(data) => {
                let fields = Field::read_all(ctxt, &input.ident, "an event", &data.fields);
                for field in &mut data.fields {
                    field.attrs.retain(|attribute| !is_ours(attribute));
                }
                fields
            }
            Data::Enum(data) => refuse_kind(ctxt, data.enum_token),
            Data::Union(data) => refuse_kind(ctxt, data.union_token),
        };
        for field in &fields {
            check_name(ctxt, field);
        }
        let is_plain = input.generics.params.is_empty() && matches!(input.data, Data::Struct(_));
        let tokens = input.to_token_stream();
        let record = Record { ident: input.ident, description, fields, personal: None };
        Ok(Self { vis: input.vis, record, tokens, is_plain, derives_debug })
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
fn check_name(ctxt: &Ctxt, field: &Field) {
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
        ctxt.error(
            &field.ident,
            format_args!(
                "receivers take `{name}` for something else: call the field otherwise, such as `{name}_data`"
            ),
        );
    }
}

/// `#[signal]` gives the event its `Debug`. A derive that stands below is seen here, and whether there is one is
/// returned; one above runs first and is left to the compiler.
fn refuse_debug(ctxt: &Ctxt, attributes: &[Attribute]) -> bool {
    let mut found = false;
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("derive")) {
        let Meta::List(list) = &attribute.meta else { continue };
        let derives = list
            .parse_args_with(syn::punctuated::Punctuated::<Path, Token![,]>::parse_terminated)
            .unwrap_or_default();
        for path in
            derives.iter().filter(|path| path.segments.last().is_some_and(|last| last.ident == "Debug"))
        {
            found = true;
            ctxt.error(
                path,
                "`#[signal]` gives the event a `Debug` that redacts personal data: take this one away",
            );
        }
    }
    found
}
