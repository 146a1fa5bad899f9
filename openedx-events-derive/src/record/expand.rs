//! What records are given: `EventData`, a `Debug` that redacts, and stand-ins for those with mistakes.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;

use super::Record;
use super::field::{Default, Field};
use crate::krate::{Krate, local, shown_at};

/// The impl of `EventData`:
///
/// ```ignore
/// impl EventData for BadgeData {
///     const RECORD: &'static Record =
///         &Record::new("BadgeData", "…", &[Field::new("uuid", "…", <Uuid as EventField>::TYPE)]);
///
///     fn write<S: SerializeStruct>(&self, writer: &mut FieldWriter<S>) -> Result<(), S::Error> {
///         <Uuid as EventField>::write_field(&self.uuid, writer, "uuid")?;
///         Ok(())
///     }
///
///     fn read<'de, A: MapAccess<'de>>(reader: &mut FieldReader<A>) -> Result<Self, A::Error> {
///         let mut uuid = None;
///         while let Some(index) = reader.next_field()? {
///             match index {
///                 0 => <Uuid as EventField>::read_field(reader, &mut uuid)?,
///                 _ => {}
///             }
///         }
///         Ok(Self { uuid: <Uuid as EventField>::required_field(reader, 0, uuid)? })
///     }
/// }
/// ```
///
/// Every use of a field's type is spelled `<Uuid as EventField>`: for a type that is no field rustc then has the same
/// words at the same place each time, and prints them once.
pub(crate) fn expand(krate: &Krate, record: &Record) -> TokenStream {
    let Record { ident, description, fields, .. } = record;
    let name = ident.unraw().to_string();
    let uses: Vec<_> = fields.iter().map(|field| Use::new(krate, record, field)).collect();
    let shapes = uses.iter().map(Use::shape);
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

/// How generated code uses a field.
struct Use<'a> {
    field: &'a Field,
    is_personal: bool,
    krate: &'a Krate,
    /// `<Type as EventField>`
    as_field: TokenStream,
}

impl<'a> Use<'a> {
    fn new(krate: &'a Krate, record: &Record, field: &'a Field) -> Self {
        let (ty, path) = (&field.ty, krate.at(field.ty.span()));
        let as_field = quote_spanned!(ty.span()=> <#ty as #path::EventField>);
        Self { field, is_personal: record.personal.or(field.personal).is_some(), krate, as_field }
    }

    fn shape(&self) -> TokenStream {
        let Self { field, krate, as_field, .. } = self;
        let (name, description) = (field.name(), &field.description);
        let personal = self.is_personal.then(|| quote!(.personal()));
        let defaulted = field.default.as_ref().map(|_| quote!(.defaulted()));
        quote!(#krate::Field::new(#name, #description, #as_field::TYPE) #personal #defaulted)
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
        let value = match &field.default {
            None => {
                let reader = local("reader");
                quote!(#as_field::required_field(#reader, #index, #slot)?)
            }
            Some(Default::Trait(at)) => {
                let default = quote_spanned!(*at=> ::core::default::Default::default());
                quote!(#slot.unwrap_or_else(|| #default))
            }
            Some(Default::Expr(expr)) => quote!(#slot.unwrap_or_else(|| #expr)),
        };
        quote!(#ident: #value)
    }
}

/// A stand-in for the impl of a type with mistakes, so that the messages about them come alone.
pub(crate) fn fallback(krate: &Krate, ident: &Ident, generics: &syn::Generics) -> TokenStream {
    let result = quote!(::core::result::Result);
    let (parameters, arguments, bounds) = stand_in(generics);
    quote! {
        impl #parameters #krate::EventData for #ident #arguments #bounds {
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

/// The generics of a stand-in: those of the type, and the bounds that the trait asks for.
pub(crate) fn stand_in(generics: &syn::Generics) -> (TokenStream, TokenStream, TokenStream) {
    let (parameters, arguments, clause) = generics.split_for_impl();
    let bounds = clause.map(|clause| {
        let predicates = clause.predicates.iter();
        quote!(#(#predicates,)*)
    });
    let bounds = (!generics.params.is_empty())
        .then(|| quote!(where #bounds Self: ::core::marker::Send + ::core::marker::Sync + 'static));
    (parameters.to_token_stream(), arguments.to_token_stream(), bounds.to_token_stream())
}

/// The `Debug` that redacts. All of it stands where it was made necessary: a derived one beside it is an error there.
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
