//! `#[derive(EventData)]`: read, check, expand.

mod ast;
mod expand;

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Ctxt;
use crate::krate::{Krate, hidden};

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let ctxt = Ctxt::default();
    let container = ast::Container::read(&ctxt, &input);
    match ctxt.check() {
        Ok(()) => hidden(&expand::expand(&container)),
        Err(errors) => {
            let stub = fallback(&container.krate, &input);
            quote!(#errors #stub)
        }
    }
}

/// Stand-ins for the impls, so that uses of the type do not fail a second time. Generics make that impossible.
fn fallback(krate: &Krate, input: &syn::DeriveInput) -> TokenStream {
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let record = crate::record::fallback(krate, &input.ident);
    let field = expand::field_fallback(krate, &input.ident);
    hidden(&quote!(#record #field))
}
