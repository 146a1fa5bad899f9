//! `#[derive(EventData)]`: read, check, expand.

mod ast;
mod expand;

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Ctxt;
use crate::krate::hidden;
use crate::record;

pub(crate) fn derive(input: TokenStream) -> TokenStream {
    let input = match syn::parse2(input) {
        Ok(input) => input,
        Err(error) => return error.into_compile_error(),
    };
    let ctxt = Ctxt::default();
    let container = ast::Container::read(&ctxt, &input);
    match ctxt.check() {
        Ok(()) => hidden(input.ident.span(), &expand::expand(&container)),
        Err(errors) => {
            let stub = fallback(&container, &input);
            quote!(#errors #stub)
        }
    }
}

/// Stand-ins for the impls, so that uses of the type add no errors.
fn fallback(container: &ast::Container, input: &syn::DeriveInput) -> TokenStream {
    let (krate, ident) = (&container.krate, &input.ident);
    let data = record::fallback(krate, ident, &input.generics);
    let field = expand::field_fallback(krate, ident, &input.generics);
    let debug = container
        .personal_at()
        .filter(|_| input.generics.params.is_empty() && record::derived(&input.attrs, "Debug").is_empty())
        .map(|at| record::debug(krate, ident, at));
    hidden(ident.span(), &quote!(#data #field #debug))
}
