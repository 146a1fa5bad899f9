//! The struct under `#[signal]`.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote};
use syn::{Attribute, Data, DeriveInput, GenericParam, Generics, Ident, Meta, Visibility};

use super::args::Args;
use crate::ctxt::Ctxt;
use crate::event_type::snake_case;
use crate::neighbours::{self, derived, packed};
use crate::record::{Field, Record, is_ours, mend, refuse_generics};
use crate::serde::{self, Mode};
use crate::tokens::begins_as_struct;
use crate::{carried, docs};

/// Parameters of receivers that are not fields. A receiver could not take a field with one of these names.
const RESERVED: [&str; 4] = ["event", "metadata", "signal", "from_event_bus"];

/// The struct, read and checked.
pub(super) struct Item {
    pub(super) vis: Visibility,
    pub(super) generics: Generics,
    pub(super) record: Record,
    /// The struct as the user wrote it, without our attributes.
    pub(super) tokens: TokenStream,
    /// Those of the struct's attributes that hold for the signal, too.
    pub(super) of_signal: TokenStream,
    /// Those of its and its fields' attributes that hold for the impls.
    pub(super) of_impls: TokenStream,
    /// The names of signals that further `#[signal]` on the struct would declare.
    pub(super) other_signals: Vec<Ident>,
    pub(super) derives_debug: bool,
    pub(super) derives_data: bool,
}

impl Item {
    /// Reads the struct. Returns `None` if it is not Rust, which rustc has reported already.
    pub(super) fn read(ctxt: &Ctxt, item: &TokenStream, args: &Args) -> Option<Self> {
        let Ok(mut input) = syn::parse2::<DeriveInput>(item.clone()) else {
            if !begins_as_struct(item) {
                ctxt.error(
                    item.clone().into_iter().next(),
                    "`#[signal]` can only be applied to a struct: `struct BadgeAwarded { … }`",
                );
            }
            return None;
        };
        let description = docs::text(&input.attrs);
        refuse_generics(ctxt, &input.generics, "an event");
        let derives_debug =
            refuse_derive(ctxt, &input.attrs, "Debug", "a `Debug` that redacts personal data");
        let derives_data = refuse_derive(ctxt, &input.attrs, "EventData", "`EventData`");
        let other_signals = refuse_signals(ctxt, &input.attrs);
        if let Some(path) = packed(&input.attrs) {
            ctxt.error(path, "an event cannot be packed, as its fields are borrowed: remove `packed`");
        }
        refuse_event_data(ctxt, &input.attrs);
        let fields = match &input.data {
            Data::Struct(data) => {
                let fields = Field::read_all(ctxt, &input.ident, "an event", &data.fields);
                for field in &data.fields {
                    refuse_cfg(ctxt, &field.attrs);
                }
                fields
            }
            Data::Enum(data) => refuse_kind(ctxt, data.enum_token),
            Data::Union(data) => refuse_kind(ctxt, data.union_token),
        };
        for field in &fields {
            check_name(ctxt, &input.ident, field);
        }
        let in_process = args.in_process.is_some();
        let record = Record { ident: input.ident.clone(), description, fields, personal: None, in_process };
        let (of_signal, of_impls) = match &input.data {
            Data::Struct(data) => {
                record.check_types(ctxt, &input.generics);
                let mode = if args.ignore_serde { Mode::Ignored } else { Mode::Event };
                serde::check(ctxt, mode, &input.ident, &input.attrs, &serde::fields(&record, &data.fields));
                let fields = data.fields.iter().map(|field| field.attrs.as_slice());
                (carried::for_static(&input.attrs), carried::for_impls(&input.attrs, fields))
            }
            Data::Enum(_) | Data::Union(_) => Default::default(),
        };
        if ctxt.has_errors() {
            without_mistakes(&mut input);
        }
        strip(&mut input, is_ours);
        let tokens = input.to_token_stream();
        let DeriveInput { vis, generics, .. } = input;
        Some(Self {
            vis,
            generics,
            record,
            tokens,
            of_signal,
            of_impls,
            other_signals,
            derives_debug,
            derives_data,
        })
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

/// Refuses a second `#[signal]`, and returns the names of the signals that it would declare. The first one sees the
/// others.
fn refuse_signals(ctxt: &Ctxt, attributes: &[Attribute]) -> Vec<Ident> {
    let signals = neighbours::all(attributes).into_iter().filter(|neighbour| neighbour.is("signal"));
    let names = signals.map(|signal| {
        ctxt.error(signal.meta.path(), "an event has one type: declare a second struct for this one");
        let Meta::List(list) = signal.meta else { return None };
        Args::read(&Ctxt::default(), list.tokens).name
    });
    names.flatten().collect()
}

/// Refuses `#[event_data]` on the event: `#[signal]` has arguments of its own, and fields are marked one by one.
fn refuse_event_data(ctxt: &Ctxt, attributes: &[Attribute]) {
    for neighbour in neighbours::all(attributes).iter().filter(|neighbour| neighbour.is("event_data")) {
        ctxt.error(
            neighbour.meta.path(),
            "`event_data` is not allowed on an event: put `pii` and `default` on its fields, and `in_process`, \
             `ignore_serde` and `crate` in the arguments of `#[signal]`",
        );
    }
}

/// An attribute macro sees fields before `cfg` and `cfg_attr` are applied. A derive does not, so only events are checked.
fn refuse_cfg(ctxt: &Ctxt, attributes: &[Attribute]) {
    for neighbour in neighbours::all(attributes) {
        let meta = &neighbour.meta;
        if neighbour.is("cfg") {
            ctxt.error(
                meta,
                "an event has the same fields in every build: remove `cfg`, and make the field an `Option`",
            );
        } else if neighbour.conditional && neighbour.is("event_data") {
            let meta = meta.to_token_stream();
            ctxt.error(
                &meta,
                format_args!(
                    "`event_data` cannot stand in `cfg_attr` here, as an event has one shape in every build: write \
                     `#[{}]`",
                    meta.to_string().replace(" (", "(").replace(" ,", ",")
                ),
            );
        }
    }
}

/// Takes away what was refused and what rustc would report once more.
fn without_mistakes(input: &mut DeriveInput) {
    let is_read =
        !derived(&input.attrs, "Serialize").is_empty() || !derived(&input.attrs, "Deserialize").is_empty();
    strip(input, |attribute| {
        let is_unknown = !is_read && neighbours::contains(attribute, "serde");
        is_unknown || ["event_data", "signal"].iter().any(|name| neighbours::contains(attribute, name))
    });
    if packed(&input.attrs).is_some() {
        input.attrs.retain(|attribute| !neighbours::contains(attribute, "repr"));
    }
    if let Data::Struct(data) = &mut input.data {
        data.fields.iter_mut().for_each(|field| mend(&mut field.ty));
    }
}

/// Takes attributes from the struct and its fields.
fn strip(input: &mut DeriveInput, is_stripped: impl Fn(&Attribute) -> bool) {
    input.attrs.retain(|attribute| !is_stripped(attribute));
    if let Data::Struct(data) = &mut input.data {
        for field in &mut data.fields {
            field.attrs.retain(|attribute| !is_stripped(attribute));
        }
    }
}
