//! The impls that `#[derive(EventData)]` gives.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;
use syn::ext::IdentExt as _;

use super::ast::{Container, Enumeration, Kind};
use crate::krate::Krate;
use crate::record;

pub(super) fn expand(container: &Container) -> TokenStream {
    let krate = &container.krate;
    let (ident, impls) = match &container.data {
        Kind::Record(record) => {
            let data = record::expand(krate, record);
            let field = record_field(krate, &record.ident);
            let debug = container.personal_at().map(|at| record::debug(krate, &record.ident, at));
            (&record.ident, quote!(#data #field #debug))
        }
        Kind::Enum(names) => (&names.ident, enum_field(krate, names)),
    };
    let serde = container.serde.then(|| serde(krate, ident));
    quote!(#impls #serde)
}

/// `EventField` of a record, so that records nest.
fn record_field(krate: &Krate, ident: &Ident) -> TokenStream {
    event_field(
        krate,
        ident,
        &syn::Generics::default(),
        &quote!(#krate::FieldType::Record(|| <#ident as #krate::EventData>::RECORD)),
        &quote!(#krate::serialize_record(self, __openedx_serializer, __openedx_personal)),
        &quote!(#krate::deserialize_record(__openedx_deserializer)),
    )
}

/// `EventField` of an enum without data: the text of the variant.
fn enum_field(krate: &Krate, names: &Enumeration) -> TokenStream {
    let Enumeration { ident, description, variants } = names;
    let name = ident.unraw().to_string();
    let texts: Vec<_> = variants.iter().map(|variant| &variant.text).collect();
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let names = quote!(const { &#krate::Enumeration::new(#name, #description, &[#(#texts),*]) });
    let write = quote! {
        {
            let _ = __openedx_personal;
            __openedx_serializer.serialize_str(match self { #(Self::#idents => #texts),* })
        }
    };
    let read = quote! {
        #krate::deserialize_variant(__openedx_deserializer, #names, |__openedx_text| match __openedx_text {
            #(#texts => ::core::option::Option::Some(#ident::#idents),)*
            _ => ::core::option::Option::None,
        })
    };
    let field_type = quote!(#krate::FieldType::Enum(#names));
    event_field(krate, ident, &syn::Generics::default(), &field_type, &write, &read)
}

fn event_field(
    krate: &Krate,
    ident: &Ident,
    generics: &syn::Generics,
    field_type: &TokenStream,
    write: &TokenStream,
    read: &TokenStream,
) -> TokenStream {
    let result = quote!(::core::result::Result);
    let (parameters, arguments, bounds) = record::stand_in(generics);
    quote! {
        #[automatically_derived]
        impl #parameters #krate::EventField for #ident #arguments #bounds {
            const TYPE: #krate::FieldType = #field_type;

            fn serialize<__S: #krate::Serializer>(
                &self,
                __openedx_serializer: __S,
                __openedx_personal: #krate::PersonalData,
            ) -> #result<__S::Ok, __S::Error> {
                #write
            }

            fn deserialize<'de, __D: #krate::Deserializer<'de>>(
                __openedx_deserializer: __D,
            ) -> #result<Self, __D::Error> {
                #read
            }
        }
    }
}

/// Serde's own traits, with the same JSON and nothing redacted.
fn serde(krate: &Krate, ident: &Ident) -> TokenStream {
    let result = quote!(::core::result::Result);
    quote! {
        #[automatically_derived]
        impl #krate::Serialize for #ident {
            fn serialize<__S: #krate::Serializer>(&self, __openedx_serializer: __S) -> #result<__S::Ok, __S::Error> {
                <Self as #krate::EventField>::serialize(self, __openedx_serializer, #krate::PersonalData::Keep)
            }
        }

        #[automatically_derived]
        impl<'de> #krate::Deserialize<'de> for #ident {
            fn deserialize<__D: #krate::Deserializer<'de>>(
                __openedx_deserializer: __D,
            ) -> #result<Self, __D::Error> {
                <Self as #krate::EventField>::deserialize(__openedx_deserializer)
            }
        }
    }
}

/// A stand-in for `EventField` of a type with mistakes.
pub(super) fn field_fallback(krate: &Krate, ident: &Ident, generics: &syn::Generics) -> TokenStream {
    let unreachable = quote!(::core::unreachable!());
    let write = quote!({ let _ = (__openedx_serializer, __openedx_personal); #unreachable });
    let read = quote!({ let _ = __openedx_deserializer; #unreachable });
    event_field(krate, ident, generics, &quote!(#krate::FieldType::String), &write, &read)
}
