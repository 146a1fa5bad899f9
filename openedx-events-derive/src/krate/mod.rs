//! The path of the runtime crate, and the block that hides generated items.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::parse::ParseStream;

use crate::attr;

/// The path of the runtime crate in generated code: `::openedx_events`, or the path in `crate = path`.
pub(crate) struct Krate(Option<Path>);

impl Krate {
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path)
    }

    /// Reads the value of `crate = path`.
    pub(crate) fn path(input: ParseStream<'_>, name: &Ident) -> syn::Result<Path> {
        attr::value(input, name, "the path of the `openedx_events` crate", "my_events")
    }

    /// The module with everything that generated code names, shown at another place: a message underlines a path from
    /// its first token to its last, so one that begins at the attribute would underline all of it.
    pub(crate) fn at(&self, place: Span) -> TokenStream {
        let Some(path) = &self.0 else { return quote_spanned!(place=> ::openedx_events::__private) };
        let path = shown_at(path, place);
        quote_spanned!(place=> #path::__private)
    }
}

/// The module with everything that generated code names.
impl ToTokens for Krate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match &self.0 {
            Some(path) => quote!(#path::__private).to_tokens(tokens),
            None => quote!(::openedx_events::__private).to_tokens(tokens),
        }
    }
}

/// Wraps items, so that none of their names is visible outside. Where the wrapper is not allowed, as in an `impl`, the
/// compiler reports it at `at`.
pub(crate) fn hidden(at: Span, items: &TokenStream) -> TokenStream {
    quote_spanned! {at=>
        const _: () = {
            #items
        };
    }
}

/// A name in generated code that the user's code cannot see or shadow.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(&format!("__openedx_{name}"), Span::mixed_site())
}

/// The same tokens, shown at another place. Their names resolve as before.
pub(crate) fn shown_at(tokens: impl ToTokens, place: Span) -> TokenStream {
    let tokens = tokens.into_token_stream().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    tokens.collect()
}
