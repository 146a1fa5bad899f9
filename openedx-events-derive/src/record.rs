//! What `#[derive(EventData)]` and `#[signal]` share: named fields, their attributes and the impl of `EventData`.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Attribute, Expr, Ident, Meta, Token, Type};

use crate::attr::{self, Known, Slot};
use crate::ctxt::Ctxt;
use crate::docs;
use crate::krate::{Krate, local, shown_at};

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
    /// `Default::default()`, asked for here.
    Trait(Span),
    Expr(Box<Expr>),
}

const KNOWN: Known =
    Known { attribute: "`event_data` on a field", arguments: &["pii", "default", "default = value"] };

impl Record {
    /// Where the type is first marked as holding personal data.
    pub(crate) fn personal_at(&self) -> Option<Span> {
        self.personal.or_else(|| self.fields.iter().find_map(|field| field.personal))
    }
}

impl Default {
    fn read(input: ParseStream<'_>, name: &Ident) -> syn::Result<Self> {
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(Self::Trait(name.span()));
        }
        let value = attr::value(input, name, "a value after `=` or none", "Vec::new()")?;
        Ok(Self::Expr(Box::new(value)))
    }
}

impl Field {
    /// Reads the fields of a struct. At least one, each with a name.
    pub(crate) fn read_all(ctxt: &Ctxt, owner: &Ident, what: &str, fields: &syn::Fields) -> Vec<Self> {
        match fields {
            syn::Fields::Named(fields) if fields.named.is_empty() => {
                ctxt.error(owner, format_args!("{what} needs at least one field: write `name: Type`"));
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
        let mut personal = Slot::new("`pii`");
        let mut default = Slot::new("`default`");
        arguments(ctxt, &field.attrs, |input| {
            let name = KNOWN.name(input)?;
            match name.to_string().as_str() {
                "pii" => {
                    personal.set(ctxt, &name, name.span());
                    attr::no_value(input, &name)
                }
                "default" => {
                    default.set(ctxt, &name, Default::read(input, &name)?);
                    Ok(())
                }
                "rename" => Err(syn::Error::new(
                    name.span(),
                    "`rename` belongs on the variant of an enum: a field is called by its own name on the wire",
                )),
                _ => Err(KNOWN.unknown(&name)),
            }
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

/// The derives of this name among the attributes, as far as they are still to be run.
pub(crate) fn derived(attributes: &[Attribute], name: &str) -> Vec<syn::Path> {
    let derives = attributes.iter().filter(|attribute| attribute.path().is_ident("derive"));
    derives
        .filter_map(|derive| {
            let list = derive.meta.require_list().ok()?;
            list.parse_args_with(Punctuated::<syn::Path, Token![,]>::parse_terminated).ok()
        })
        .flatten()
        .filter(|path| path.segments.last().is_some_and(|last| last.ident == name))
        .collect()
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
    } else if let Some(clause) = &generics.where_clause {
        ctxt.error(
            clause.to_token_stream(),
            format_args!("{what} has no parameters to put bounds on: take the `where` away"),
        );
    }
}
