//! The impls that `#[derive(EventData)]` emits.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Ident;
use syn::ext::IdentExt as _;

use super::ast::{Container, Enumeration, Kind};
use crate::krate::Krate;
use crate::record::{self, Record};

pub(super) fn expand(container: &Container) -> TokenStream {
    let krate = &container.krate;
    let (ident, impls) = match &container.data {
        Kind::Record(record) => {
            let data = record::expand(krate, record);
            let field = record_field(krate, record);
            let debug = container.personal_at().map(|at| record::debug(krate, &record.ident, at));
            (&record.ident, quote!(#data #field #debug))
        }
        Kind::Enum(names) => (&names.ident, enum_field(krate, names)),
    };
    let serde = container.serde.then(|| serde(krate, ident, true, true));
    quote!(#impls #serde)
}

/// `EventField` and `AvroField` of a record, so that records nest.
fn record_field(krate: &Krate, record: &Record) -> TokenStream {
    let ident = &record.ident;
    let field = event_field(
        krate,
        ident,
        None,
        &quote!(#krate::FieldType::Record(|| <#ident as #krate::EventData>::RECORD)),
        &quote!(#krate::serialize_record(self, __openedx_serializer, __openedx_personal)),
        &quote!(#krate::deserialize_record(__openedx_deserializer)),
    );
    let avro = (!record.in_process).then(|| {
        let as_data = quote!(<Self as #krate::AvroData>);
        avro_field(
            krate,
            ident,
            None,
            (&quote!(#as_data::MIN_LEN), &quote!(#as_data::nests())),
            &quote!(#as_data::len_hint(self)),
            &quote!(#krate::encode_record(self, __openedx_encoder)),
            &quote!(#krate::decode_record(__openedx_decoder)),
        )
    });
    quote!(#field #avro)
}

/// `EventField` and `AvroField` of an enum without data, which is written as the name of its variant.
fn enum_field(krate: &Krate, names: &Enumeration) -> TokenStream {
    let Enumeration { ident, description, variants } = names;
    let name = ident.unraw().to_string();
    let texts: Vec<_> = variants.iter().map(|variant| &variant.text).collect();
    let idents: Vec<_> = variants.iter().map(|variant| &variant.ident).collect();
    let names = quote!(const { &#krate::Enumeration::new(#name, #description, &[#(#texts),*]) });
    let write = quote! {
        {
            let _ = __openedx_personal;
            __openedx_serializer.serialize_str(self.__openedx_text())
        }
    };
    let read = quote!(#krate::deserialize_variant(__openedx_deserializer, #names, #ident::__openedx_of_text));
    let field_type = quote!(#krate::FieldType::Enum(#names));
    let field = event_field(krate, ident, None, &field_type, &write, &read);
    let avro = avro_field(
        krate,
        ident,
        None,
        (&quote!(1), &quote!(false)),
        &quote!(#krate::text_len(self.__openedx_text().len())),
        &quote! {
            {
                __openedx_encoder.write_str(self.__openedx_text());
                ::core::result::Result::Ok(())
            }
        },
        &quote!(#krate::decode_variant(__openedx_decoder, #names, #ident::__openedx_of_text)),
    );
    quote! {
        #[automatically_derived]
        impl #ident {
            fn __openedx_text(&self) -> &'static ::core::primitive::str {
                match self { #(Self::#idents => #texts),* }
            }

            fn __openedx_of_text(__openedx_text: &::core::primitive::str) -> ::core::option::Option<Self> {
                match __openedx_text {
                    #(#texts => ::core::option::Option::Some(Self::#idents),)*
                    _ => ::core::option::Option::None,
                }
            }
        }

        #field
        #avro
    }
}

fn avro_field(
    krate: &Krate,
    ident: &Ident,
    generics: Option<&syn::Generics>,
    (min_len, nests): (&TokenStream, &TokenStream),
    len_hint: &TokenStream,
    encode: &TokenStream,
    decode: &TokenStream,
) -> TokenStream {
    let result = quote!(::core::result::Result);
    let (parameters, arguments, bounds) = generics.map(record::stand_in).unwrap_or_default();
    quote! {
        #[automatically_derived]
        impl #parameters #krate::AvroField for #ident #arguments #bounds {
            const MIN_LEN: ::core::primitive::usize = #min_len;

            #[inline]
            fn nests() -> ::core::primitive::bool {
                #nests
            }

            #[inline]
            fn len_hint(&self) -> ::core::primitive::usize {
                #len_hint
            }

            #[inline]
            fn encode(&self, __openedx_encoder: &mut #krate::Encoder<'_>) -> #result<(), #krate::EncodeError> {
                #encode
            }

            #[inline]
            fn decode(__openedx_decoder: &mut #krate::Decoder<'_>) -> #result<Self, #krate::DecodeError> {
                #decode
            }
        }
    }
}

fn event_field(
    krate: &Krate,
    ident: &Ident,
    generics: Option<&syn::Generics>,
    field_type: &TokenStream,
    write: &TokenStream,
    read: &TokenStream,
) -> TokenStream {
    let result = quote!(::core::result::Result);
    let (parameters, arguments, bounds) = generics.map(record::stand_in).unwrap_or_default();
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

/// Serde's own traits, with the same JSON, without redaction.
pub(super) fn serde(krate: &Krate, ident: &Ident, serialize: bool, deserialize: bool) -> TokenStream {
    let result = quote!(::core::result::Result);
    let serialize = serialize.then(|| {
        quote! {
            #[automatically_derived]
            impl #krate::Serialize for #ident {
                fn serialize<__S: #krate::Serializer>(
                    &self,
                    __openedx_serializer: __S,
                ) -> #result<__S::Ok, __S::Error> {
                    <Self as #krate::EventField>::serialize(self, __openedx_serializer, #krate::PersonalData::Keep)
                }
            }
        }
    });
    let deserialize = deserialize.then(|| {
        quote! {
            #[automatically_derived]
            impl<'de> #krate::Deserialize<'de> for #ident {
                fn deserialize<__D: #krate::Deserializer<'de>>(
                    __openedx_deserializer: __D,
                ) -> #result<Self, __D::Error> {
                    <Self as #krate::EventField>::deserialize(__openedx_deserializer)
                }
            }
        }
    });
    quote!(#serialize #deserialize)
}

/// Stand-ins for `EventField` and `AvroField` of a type with mistakes.
pub(super) fn field_fallback(krate: &Krate, ident: &Ident, generics: &syn::Generics) -> TokenStream {
    let unreachable = quote!(::core::unreachable!());
    let write = quote!({ let _ = (__openedx_serializer, __openedx_personal); #unreachable });
    let read = quote!({ let _ = __openedx_deserializer; #unreachable });
    let field = event_field(krate, ident, Some(generics), &quote!(#krate::FieldType::String), &write, &read);
    let encode = quote!({ let _ = __openedx_encoder; #unreachable });
    let decode = quote!({ let _ = __openedx_decoder; #unreachable });
    let avro = avro_field(
        krate,
        ident,
        Some(generics),
        (&quote!(1), &quote!(false)),
        &unreachable,
        &encode,
        &decode,
    );
    quote!(#field #avro)
}
