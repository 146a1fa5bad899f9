//! The impls of records: `EventData` and `AvroData`, a `Debug` that redacts, and stand-ins for records with mistakes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::Record;
use super::field::{Default, Field};
use crate::krate::{Krate, local, shown_at};

/// The impls of `EventData` and `AvroData`:
///
/// ```ignore
/// impl EventData for BadgeData {
///     const RECORD: &'static Record =
///         &Record::new("BadgeData", "…", &[Field::new("uuid", "…", <Uuid as AvroField>::FIELD)]);
///     const NAMES: &'static [&'static str] = &["uuid"];
///
///     fn write<S: SerializeStruct>(&self, writer: &mut FieldWriter<S>) -> Result<(), S::Error> {
///         <Uuid as AvroField>::write_field(&self.uuid, writer, "uuid")?;
///         Ok(())
///     }
///
///     fn read<'de, A: MapAccess<'de>>(reader: &mut FieldReader<A>) -> Result<Self, A::Error> {
///         let mut uuid = None;
///         while let Some(index) = reader.next_field()? {
///             match index {
///                 0 => <Uuid as AvroField>::read_field(reader, &mut uuid)?,
///                 _ => {}
///             }
///         }
///         Ok(Self { uuid: <Uuid as AvroField>::required_field(reader, 0, uuid)? })
///     }
/// }
///
/// impl AvroData for BadgeData {
///     const MIN_LEN: usize = <Uuid as AvroField>::MIN_LEN;
///
///     fn nests() -> bool {
///         <Uuid as AvroField>::nests()
///     }
///
///     fn len_hint(&self) -> usize {
///         <Uuid as AvroField>::len_hint(&self.uuid)
///     }
///
///     fn encode_fields(&self, encoder: &mut Encoder<'_>) -> Result<(), EncodeError> {
///         <Uuid as AvroField>::encode(&self.uuid, encoder)?;
///         Ok(())
///     }
///
///     fn decode_fields(decoder: &mut Decoder<'_>) -> Result<Self, DecodeError> {
///         Ok(Self { uuid: <Uuid as AvroField>::decode(decoder)? })
///     }
/// }
/// ```
///
/// Every use of a field's type is spelled `<Uuid as AvroField>`: if the type is not a field, rustc has the same message
/// at the same place each time, and prints it once. A record that stays in the process has no `AvroData`, and its fields
/// are used as `<Uuid as EventField>`.
pub(crate) fn expand(krate: &Krate, record: &Record) -> TokenStream {
    let uses: Vec<_> = record.fields.iter().map(|field| Use::new(krate, record, field)).collect();
    let defaults = defaults(record);
    let data = data(krate, record, &uses);
    let avro = (!record.in_process).then(|| avro(krate, &record.ident, &uses));
    quote!(#defaults #data #avro)
}

/// The default of each field that has one, for reading JSON and for schemas. A closure, as clippy has lints for
/// functions.
fn defaults(record: &Record) -> Option<TokenStream> {
    let ident = &record.ident;
    let closures: Vec<_> = record
        .fields
        .iter()
        .filter_map(|field| {
            let (name, ty) = (default_of(field), &field.ty);
            let value = match field.default.as_ref()? {
                Default::Trait(at) => quote_spanned!(*at=> ::core::default::Default::default()),
                Default::Expr(expr) => expr.to_token_stream(),
            };
            Some(quote!(const #name: fn() -> #ty = || #value;))
        })
        .collect();
    (!closures.is_empty()).then(|| {
        quote! {
            #[automatically_derived]
            impl #ident {
                #(#closures)*
            }
        }
    })
}

/// The constant that holds the closure for a field's default.
fn default_of(field: &Field) -> Ident {
    Ident::new(&format!("__OPENEDX_DEFAULT_{}", field.name().to_uppercase()), Span::mixed_site())
}

fn data(krate: &Krate, record: &Record, uses: &[Use<'_>]) -> TokenStream {
    let Record { ident, description, fields, .. } = record;
    let name = ident.unraw().to_string();
    let shapes = uses.iter().map(Use::shape);
    let names = fields.iter().map(Field::name);
    let writes = uses.iter().map(Use::write);
    let slots: Vec<_> = (0..fields.len()).map(|index| local(&format!("field{index}"))).collect();
    let reads = uses.iter().zip(&slots).enumerate().map(|(index, (field, slot))| field.read(index, slot));
    let takes = uses.iter().zip(&slots).enumerate().map(|(index, (field, slot))| field.take(index, slot));
    let (to, from) = (local("writer"), local("reader"));
    let result = quote!(::core::result::Result);
    quote! {
        #[automatically_derived]
        impl #krate::EventData for #ident {
            const RECORD: &'static #krate::Record =
                &#krate::Record::new(#name, #description, &[#(#shapes),*]);
            const NAMES: &'static [&'static ::core::primitive::str] = &[#(#names),*];

            fn write<__S: #krate::SerializeStruct>(
                &self,
                #to: &mut #krate::FieldWriter<__S>,
            ) -> #result<(), __S::Error> {
                #(#writes)*
                #result::Ok(())
            }

            fn read<'de, __A: #krate::MapAccess<'de>>(
                #from: &mut #krate::FieldReader<__A>,
            ) -> #result<Self, __A::Error> {
                #(let mut #slots = ::core::option::Option::None;)*
                while let ::core::option::Option::Some(__openedx_index) = #from.next_field()? {
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

/// The fields one after another, in their order.
fn avro(krate: &Krate, ident: &Ident, uses: &[Use<'_>]) -> TokenStream {
    let as_fields: Vec<_> = uses.iter().map(|field| &field.as_field).collect();
    let idents: Vec<_> = uses.iter().map(|field| &field.field.ident).collect();
    let (to, from) = (local("encoder"), local("decoder"));
    let result = quote!(::core::result::Result);
    quote! {
        #[automatically_derived]
        impl #krate::AvroData for #ident {
            const MIN_LEN: ::core::primitive::usize = #(#as_fields::MIN_LEN)+*;

            #[inline]
            fn nests() -> ::core::primitive::bool {
                #(#as_fields::nests())||*
            }

            #[inline]
            fn len_hint(&self) -> ::core::primitive::usize {
                #(#as_fields::len_hint(&self.#idents))+*
            }

            #[inline]
            fn encode_fields(&self, #to: &mut #krate::Encoder<'_>) -> #result<(), #krate::EncodeError> {
                #(#as_fields::encode(&self.#idents, #to)?;)*
                #result::Ok(())
            }

            #[inline]
            fn decode_fields(#from: &mut #krate::Decoder<'_>) -> #result<Self, #krate::DecodeError> {
                #result::Ok(Self { #(#idents: #as_fields::decode(#from)?),* })
            }
        }
    }
}

/// How generated code uses a field.
struct Use<'a> {
    field: &'a Field,
    is_personal: bool,
    krate: &'a Krate,
    /// `<Type as AvroField>`, or `<Type as EventField>` in a record that stays in the process.
    as_field: TokenStream,
    /// The field's `FieldType`.
    field_type: TokenStream,
}

impl<'a> Use<'a> {
    fn new(krate: &'a Krate, record: &Record, field: &'a Field) -> Self {
        let (ty, path) = (&field.ty, krate.at(field.ty.span()));
        let (as_field, field_type) = if record.in_process {
            (quote_spanned!(ty.span()=> <#ty as #path::EventField>), quote!(TYPE))
        } else {
            (quote_spanned!(ty.span()=> <#ty as #path::AvroField>), quote!(FIELD))
        };
        let field_type = quote!(#as_field::#field_type);
        Self { field, is_personal: record.personal.or(field.personal).is_some(), krate, as_field, field_type }
    }

    fn shape(&self) -> TokenStream {
        let Self { field, krate, as_field, field_type, .. } = self;
        let (name, description) = (field.name(), &field.description);
        let personal = self.is_personal.then(|| quote!(.personal()));
        let default = field.default.as_ref().map(|_| {
            let default = default_of(field);
            quote!(.defaulted(|| #as_field::default_json(&(Self::#default)())))
        });
        quote!(#krate::Field::new(#name, #description, #field_type) #personal #default)
    }

    fn write(&self) -> TokenStream {
        let Self { field, as_field, .. } = self;
        let (name, ident, writer) = (field.name(), &field.ident, local("writer"));
        let method = if self.is_personal { quote!(write_personal_field) } else { quote!(write_field) };
        quote!(#as_field::#method(&self.#ident, #writer, #name)?;)
    }

    fn read(&self, index: usize, slot: &Ident) -> TokenStream {
        let (as_field, reader) = (&self.as_field, local("reader"));
        quote!(#index => #as_field::read_field(#reader, &mut #slot)?,)
    }

    fn take(&self, index: usize, slot: &Ident) -> TokenStream {
        let Self { field, as_field, .. } = self;
        let ident = &field.ident;
        let value = if field.default.is_some() {
            let default = default_of(field);
            quote!(#slot.unwrap_or_else(Self::#default))
        } else {
            let reader = local("reader");
            quote!(#as_field::required_field(#reader, #index, #slot)?)
        };
        quote!(#ident: #value)
    }
}

/// Stand-ins for the impls of a type with mistakes, so that uses of it add no errors.
pub(crate) fn fallback(krate: &Krate, ident: &Ident, generics: &syn::Generics) -> TokenStream {
    let result = quote!(::core::result::Result);
    let (parameters, arguments, bounds) = stand_in(generics);
    quote! {
        impl #parameters #krate::EventData for #ident #arguments #bounds {
            const RECORD: &'static #krate::Record = &#krate::Record::new("", "", &[]);
            const NAMES: &'static [&'static ::core::primitive::str] = &[];

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

        impl #parameters #krate::AvroData for #ident #arguments #bounds {
            const MIN_LEN: ::core::primitive::usize = 1;

            fn nests() -> ::core::primitive::bool {
                ::core::unreachable!()
            }

            fn len_hint(&self) -> ::core::primitive::usize {
                ::core::unreachable!()
            }

            fn encode_fields(&self, _: &mut #krate::Encoder<'_>) -> #result<(), #krate::EncodeError> {
                ::core::unreachable!()
            }

            fn decode_fields(_: &mut #krate::Decoder<'_>) -> #result<Self, #krate::DecodeError> {
                ::core::unreachable!()
            }
        }
    }
}

/// The generics of a stand-in: those of the type, and the bounds that the trait requires. They hold for all lifetimes, as
/// rustc would refuse them at once otherwise if the type does not meet them.
pub(crate) fn stand_in(generics: &syn::Generics) -> (TokenStream, TokenStream, TokenStream) {
    let (parameters, arguments, clause) = generics.split_for_impl();
    let bounds = clause.map(|clause| {
        let predicates = clause.predicates.iter();
        quote!(#(#predicates,)*)
    });
    let bounds = quote! {
        where #bounds for<'__openedx> Self: ::core::marker::Send + ::core::marker::Sync + 'static
    };
    (parameters.to_token_stream(), arguments.to_token_stream(), bounds)
}

/// The `Debug` that redacts. Its place is the attribute that requires it: if the type derives `Debug` too, the compiler
/// reports the conflict there.
pub(crate) fn debug(krate: &Krate, ident: &Ident, at: Span) -> TokenStream {
    let (krate, ident, formatter) = (krate.at(at), shown_at(ident, at), local("formatter"));
    quote_spanned! {at=>
        #[automatically_derived]
        impl ::core::fmt::Debug for #ident {
            fn fmt(&self, #formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #krate::fmt_redacted(self, #formatter)
            }
        }
    }
}
