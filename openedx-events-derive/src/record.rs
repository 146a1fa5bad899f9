//! What `#[derive(EventData)]` and `#[signal]` share: named fields, their attributes and the impl of `EventData`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Ident, Meta, Token, Type};

use crate::attr::{self, Slot};
use crate::ctxt::Ctxt;
use crate::docs;
use crate::krate::{Krate, local};

/// A struct with named fields.
pub(crate) struct Record {
    pub(crate) ident: Ident,
    pub(crate) description: String,
    pub(crate) fields: Vec<Field>,
    /// Where the type as a whole is marked as personal data.
    pub(crate) personal: Option<Span>,
}

/// One field of it.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    description: String,
    /// Where the field is marked as personal data.
    personal: Option<Span>,
    default: Option<Default>,
}

enum Default {
    Trait,
    Expr(Box<Expr>),
}

impl Record {
    /// Where the type is first marked as holding personal data.
    pub(crate) fn personal_at(&self) -> Option<Span> {
        self.personal.or_else(|| self.fields.iter().find_map(|field| field.personal))
    }
}

impl Field {
    /// Reads the fields of a struct. At least one, each with a name.
    pub(crate) fn read_all(ctxt: &Ctxt, owner: &Ident, what: &str, fields: &syn::Fields) -> Vec<Self> {
        match fields {
            syn::Fields::Named(fields) if fields.named.is_empty() => {
                ctxt.error(owner, format_args!("{what} needs at least one field"));
            }
            syn::Fields::Named(_) => {}
            syn::Fields::Unnamed(fields) => {
                ctxt.error(
                    fields,
                    format_args!("{what} has named fields: write `struct {owner} {{ name: Type }}`"),
                );
            }
            syn::Fields::Unit => ctxt.error(
                owner,
                format_args!("{what} needs at least one field: write `struct {owner} {{ name: Type }}`"),
            ),
        }
        fields.iter().filter_map(|field| Self::read(ctxt, field)).collect()
    }

    fn read(ctxt: &Ctxt, field: &syn::Field) -> Option<Self> {
        let mut personal = Slot::new("pii");
        let mut default = Slot::new("default");
        arguments(ctxt, &field.attrs, |input| {
            let name = attr::name(input)?;
            match name.to_string().as_str() {
                "pii" => personal.set(ctxt, &name, name.span()),
                "default" if input.peek(Token![=]) => {
                    let value = attr::value(input, &name, "Vec::new()")?;
                    default.set(ctxt, &name, Default::Expr(Box::new(value)));
                }
                "default" => default.set(ctxt, &name, Default::Trait),
                "rename" => {
                    return Err(syn::Error::new(
                        name.span(),
                        "`rename` belongs on the variant of an enum; a field is called by its own name on the wire",
                    ));
                }
                _ => return Err(attr::unknown(&name, &["pii", "default", "default = expr"])),
            }
            Ok(())
        });
        Some(Self {
            ident: field.ident.clone()?,
            ty: field.ty.clone(),
            description: docs::text(&field.attrs),
            personal: personal.get(),
            default: default.get(),
        })
    }

    /// The field's name on the wire.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
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

/// The impl of `EventData`:
///
/// ```ignore
/// impl EventData for BadgeData {
///     const RECORD: &'static Record = &Record::new("BadgeData", "…", &[Field::of::<Uuid>("uuid", "…")]);
///
///     fn write<S: SerializeStruct>(&self, writer: &mut FieldWriter<S>) -> Result<(), S::Error> {
///         writer.field("uuid", &self.uuid)?;
///         Ok(())
///     }
///
///     fn read<'de, A: MapAccess<'de>>(reader: &mut FieldReader<A>) -> Result<Self, A::Error> {
///         let mut uuid = None;
///         while let Some(index) = reader.next_field()? {
///             match index {
///                 0 => reader.value(&mut uuid)?,
///                 _ => {}
///             }
///         }
///         Ok(Self { uuid: reader.required(0, uuid)? })
///     }
/// }
/// ```
pub(crate) fn expand(krate: &Krate, record: &Record) -> TokenStream {
    let Record { ident, description, fields, .. } = record;
    let name = ident.unraw().to_string();
    let shapes = fields.iter().map(|field| shape(krate, record, field));
    let writes = fields.iter().map(|field| write(record, field));
    let slots: Vec<_> = (0..fields.len()).map(|index| local(&format!("field{index}"))).collect();
    let reads =
        slots.iter().enumerate().map(|(index, slot)| quote!(#index => __openedx_reader.value(&mut #slot)?,));
    let takes = fields.iter().zip(&slots).enumerate().map(|(index, (field, slot))| take(index, field, slot));
    let result = quote!(::core::result::Result);
    quote! {
        #[automatically_derived]
        impl #krate::EventData for #ident {
            const RECORD: &'static #krate::Record =
                &#krate::Record::new(#name, #description, &[#(#shapes),*]);

            fn write<__S: #krate::SerializeStruct>(
                &self,
                __openedx_writer: &mut #krate::FieldWriter<__S>,
            ) -> #result<(), __S::Error> {
                #(#writes)*
                #result::Ok(())
            }

            fn read<'de, __A: #krate::MapAccess<'de>>(
                __openedx_reader: &mut #krate::FieldReader<__A>,
            ) -> #result<Self, __A::Error> {
                #(let mut #slots = ::core::option::Option::None;)*
                while let ::core::option::Option::Some(__openedx_index) = __openedx_reader.next_field()? {
                    match __openedx_index {
                        #(#reads)*
                        _ => {}
                    }
                }
                #result::Ok(Self { #(#takes),* })
            }
        }
    }
}

fn shape(krate: &Krate, record: &Record, field: &Field) -> TokenStream {
    let (name, description, ty) = (field.name(), &field.description, &field.ty);
    let personal = (record.personal.or(field.personal)).map(|_| quote!(.personal()));
    let defaulted = field.default.as_ref().map(|_| quote!(.defaulted()));
    quote_spanned!(ty.span()=> #krate::Field::of::<#ty>(#name, #description) #personal #defaulted)
}

fn write(record: &Record, field: &Field) -> TokenStream {
    let (name, ident) = (field.name(), &field.ident);
    let method = if record.personal.or(field.personal).is_some() { quote!(personal) } else { quote!(field) };
    let writer = Ident::new("__openedx_writer", Span::call_site());
    quote_spanned!(field.ty.span()=> #writer.#method(#name, &self.#ident)?;)
}

fn take(index: usize, field: &Field, slot: &Ident) -> TokenStream {
    let ident = &field.ident;
    match &field.default {
        None => {
            let reader = Ident::new("__openedx_reader", Span::call_site());
            let value = quote_spanned!(field.ty.span()=> #reader.required(#index, #slot)?);
            quote!(#ident: #value)
        }
        Some(Default::Trait) => quote!(#ident: #slot.unwrap_or_default()),
        Some(Default::Expr(expr)) => quote!(#ident: #slot.unwrap_or_else(|| #expr)),
    }
}

/// A stand-in for the impl of a struct with mistakes, so that the messages about them come alone.
pub(crate) fn fallback(krate: &Krate, ident: &Ident) -> TokenStream {
    let result = quote!(::core::result::Result);
    quote! {
        impl #krate::EventData for #ident {
            const RECORD: &'static #krate::Record = &#krate::Record::new("", "", &[]);

            fn write<__S: #krate::SerializeStruct>(
                &self,
                _: &mut #krate::FieldWriter<__S>,
            ) -> #result<(), __S::Error> {
                ::core::unreachable!()
            }

            fn read<'de, __A: #krate::MapAccess<'de>>(_: &mut #krate::FieldReader<__A>) -> #result<Self, __A::Error> {
                ::core::unreachable!()
            }
        }
    }
}

/// The `Debug` that redacts. Spanned at what made it necessary: a derived one beside it is an error there.
pub(crate) fn debug(krate: &Krate, ident: &Ident, at: Span) -> TokenStream {
    let header = quote_spanned!(at=> impl ::core::fmt::Debug for);
    quote! {
        #[automatically_derived]
        #header #ident {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #krate::fmt_redacted(self, f)
            }
        }
    }
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
    }
    if let Some(clause) = &generics.where_clause {
        ctxt.error(clause.to_token_stream(), format_args!("{what} has no parameters to put bounds on"));
    }
}
