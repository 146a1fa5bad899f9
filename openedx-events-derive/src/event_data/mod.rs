//! `#[derive(EventData)]`: read, check, expand.

mod ast;
mod expand;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Data, DeriveInput};

use crate::ctxt::Ctxt;
use crate::krate::hidden;
use crate::{carried, neighbours, record};

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    // rustc has read the type before, and has reported what is wrong with its syntax.
    let Ok(input) = syn::parse2::<DeriveInput>(input) else { return TokenStream::new() };
    let ctxt = Ctxt::default();
    if refuse_elsewhere(&ctxt, &input) {
        // The other macro implements the traits.
        return ctxt.check().err().unwrap_or_default();
    }
    let container = ast::Container::read(&ctxt, &input);
    match ctxt.check() {
        Ok(()) if container.is_infinite() => fallback(&container, &input),
        Ok(()) => {
            let carried = carried::for_impls(&input.attrs, members(&input.data).into_iter());
            let impls = hidden(input.ident.span(), &expand::expand(&container));
            quote!(#carried #impls)
        }
        Err(errors) => {
            let stub = fallback(&container, &input);
            quote!(#errors #stub)
        }
    }
}

/// Refuses this derive if a macro below it implements `EventData`, too.
fn refuse_elsewhere(ctxt: &Ctxt, input: &DeriveInput) -> bool {
    let at = quote::quote_spanned!(Span::call_site()=> EventData);
    if neighbours::all(&input.attrs).iter().any(|neighbour| neighbour.is("signal")) {
        ctxt.error(at, "`#[signal]` implements `EventData`: remove this derive");
    } else if !neighbours::derived(&input.attrs, "EventData").is_empty() {
        ctxt.error(at, "`EventData` is derived twice: remove one of the two");
    }
    ctxt.has_errors()
}

/// The attributes of each field or variant.
fn members(data: &Data) -> Vec<&[Attribute]> {
    match data {
        Data::Struct(data) => data.fields.iter().map(|field| field.attrs.as_slice()).collect(),
        Data::Enum(data) => data.variants.iter().map(|variant| variant.attrs.as_slice()).collect(),
        Data::Union(data) => data.fields.named.iter().map(|field| field.attrs.as_slice()).collect(),
    }
}

/// Stand-ins for the impls, so that uses of the type add no errors.
fn fallback(container: &ast::Container, input: &DeriveInput) -> TokenStream {
    let (krate, ident) = (&container.krate, &input.ident);
    let data = record::fallback(krate, ident, &input.generics);
    let field = expand::field_fallback(krate, ident, &input.generics);
    let debug = container
        .personal_at()
        .filter(|_| input.generics.params.is_empty() && neighbours::derived(&input.attrs, "Debug").is_empty())
        .map(|at| record::debug(krate, ident, at));
    let is_derived = |name| !neighbours::derived(&input.attrs, name).is_empty();
    let serde = (container.serde && input.generics.params.is_empty())
        .then(|| expand::serde(krate, ident, !is_derived("Serialize"), !is_derived("Deserialize")));
    hidden(ident.span(), &quote!(#data #field #debug #serde))
}
