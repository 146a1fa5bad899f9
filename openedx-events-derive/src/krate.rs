//! The path of the runtime crate, and the block that keeps generated items out of the user's way.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::Path;

/// How generated code reaches the runtime crate: `::openedx_events`, or what `crate = path` says.
pub(crate) struct Krate(Option<Path>);

impl Krate {
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path)
    }
}

/// The module of what generated code may name.
impl ToTokens for Krate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => quote!(#path::__private).to_tokens(tokens),
            None => quote!(::openedx_events::__private).to_tokens(tokens),
        }
    }
}

/// Wraps items, so that none of their names is seen outside.
pub(crate) fn hidden(items: &TokenStream) -> TokenStream {
    quote! {
        #[doc(hidden)]
        const _: () = {
            #items
        };
    }
}

/// A name in generated code that the user's code cannot see or shadow.
pub(crate) fn local(name: &str) -> syn::Ident {
    syn::Ident::new(&format!("__openedx_{name}"), Span::mixed_site())
}
