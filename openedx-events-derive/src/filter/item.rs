//! The struct under `#[filter]`.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Data, DeriveInput, Fields, Generics, Ident, Type, Visibility};

use crate::ctxt::Ctxt;
use crate::function::spelling::shown;
use crate::neighbours::{self, packed};
use crate::record::refuse_generics;
use crate::tokens::begins_as_struct;
use crate::{carried, docs};

/// The struct, read and checked.
pub(super) struct Item {
    pub(super) vis: Visibility,
    pub(super) ident: Ident,
    pub(super) generics: Generics,
    pub(super) description: String,
    pub(super) fields: Vec<Field>,
    /// The struct as the user wrote it, without our attributes.
    pub(super) tokens: TokenStream,
    /// Those of the struct's attributes that hold for the static, too.
    pub(super) of_static: TokenStream,
    /// Those of its and its fields' attributes that hold for the impls.
    pub(super) of_impls: TokenStream,
}

/// A field, for those who list filters.
pub(super) struct Field {
    pub(super) ident: Ident,
    pub(super) type_name: String,
    pub(super) description: String,
    /// Out of reach of the steps of other modules.
    pub(super) is_private: bool,
}

impl Item {
    /// Reads the struct. Returns `None` if it is not Rust, which rustc has reported already.
    pub(super) fn read(ctxt: &Ctxt, item: &TokenStream) -> Option<Self> {
        let Ok(mut input) = syn::parse2::<DeriveInput>(item.clone()) else {
            if !begins_as_struct(item) {
                ctxt.error(
                    item.clone().into_iter().next(),
                    "`#[filter]` can only be applied to a struct: `struct PriceRequested { … }`",
                );
            }
            return None;
        };
        refuse_generics(ctxt, &input.generics, "a filter");
        refuse_filters(ctxt, &input.attrs);
        if let Some(path) = packed(&input.attrs) {
            ctxt.error(path, "a filter cannot be packed, as its fields are borrowed: remove `packed`");
        }
        let fields = match &input.data {
            Data::Struct(data) => read_fields(ctxt, &input.ident, &data.fields),
            Data::Enum(data) => refuse_kind(ctxt, data.enum_token),
            Data::Union(data) => refuse_kind(ctxt, data.union_token),
        };
        let of_impls = match &input.data {
            Data::Struct(data) => {
                let fields = data.fields.iter().map(|field| field.attrs.as_slice());
                carried::for_impls(&input.attrs, fields)
            }
            Data::Enum(_) | Data::Union(_) => TokenStream::new(),
        };
        let of_static = carried::for_static(&input.attrs);
        let description = docs::text(&input.attrs);
        // Refused above. The compiler would report it again.
        input.attrs.retain(|attribute| !neighbours::contains(attribute, "filter"));
        let tokens = input.to_token_stream();
        let DeriveInput { vis, ident, generics, .. } = input;
        Some(Self { vis, ident, generics, description, fields, tokens, of_static, of_impls })
    }

    /// Whether a stand-in can name the type without arguments.
    pub(super) fn is_simple(&self) -> bool {
        self.generics.params.is_empty()
    }
}

fn read_fields(ctxt: &Ctxt, filter: &Ident, fields: &Fields) -> Vec<Field> {
    let Fields::Named(fields) = fields else {
        ctxt.error(
            filter,
            "a filter must be a struct with named fields, by which steps take them: write `struct PriceRequested { price: \
             i64 }`",
        );
        return Vec::new();
    };
    let read = |field: &syn::Field| {
        refuse_cfg(ctxt, &field.attrs);
        let ident = field.ident.as_ref()?;
        check_name(ctxt, ident);
        check_type(ctxt, &field.ty);
        Some(Field {
            ident: ident.clone(),
            type_name: shown(&field.ty),
            description: docs::text(&field.attrs),
            is_private: matches!(field.vis, Visibility::Inherited),
        })
    };
    fields.named.iter().filter_map(read).collect()
}

fn refuse_kind(ctxt: &Ctxt, keyword: impl quote::ToTokens) -> Vec<Field> {
    ctxt.error(
        keyword,
        "a filter must be a struct with named fields, by which steps take them: write a struct, which can have a field for an \
         enum",
    );
    Vec::new()
}

/// Steps strip one underscore, which rustc suggests for unused parameters.
fn check_name(ctxt: &Ctxt, field: &Ident) {
    let name = field.unraw().to_string();
    if name.starts_with('_') {
        ctxt.error(
            field,
            format_args!(
                "a field of a filter cannot begin with `_`, which marks an unused parameter of a step: rename it to `{}`",
                name.trim_start_matches('_')
            ),
        );
    }
}

/// Data come from anywhere, and may be kept by anybody.
fn check_type(ctxt: &Ctxt, ty: &Type) {
    if let Type::Reference(reference) = ty {
        ctxt.error(
            reference,
            format_args!(
                "a filter owns its data: write the type itself, such as `String` for `&str`, in place of `{}`",
                shown(ty)
            ),
        );
    }
}

/// Refuses a second `#[filter]`. The first one sees the others.
fn refuse_filters(ctxt: &Ctxt, attributes: &[Attribute]) {
    for neighbour in neighbours::all(attributes).iter().filter(|neighbour| neighbour.is("filter")) {
        ctxt.error(neighbour.meta.path(), "a filter has one type: declare a second struct for this one");
    }
}

/// An attribute macro sees fields before `cfg` is applied.
fn refuse_cfg(ctxt: &Ctxt, attributes: &[Attribute]) {
    for neighbour in neighbours::all(attributes).iter().filter(|neighbour| neighbour.is("cfg")) {
        ctxt.error(
            &neighbour.meta,
            "a filter has the same fields in every build: remove `cfg`, and make the field an `Option`",
        );
    }
}
