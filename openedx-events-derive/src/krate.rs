//! The path of the runtime crate, and the block that keeps generated items out of the user's way.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::parse::ParseStream;

use crate::attr;

/// How generated code reaches the runtime crate: `::openedx_events`, or what `crate = path` says.
pub(crate) struct Krate(Option<Path>);

impl Krate {
    pub(crate) fn new(path: Option<Path>) -> Self {
        Self(path)
    }

    /// Reads the value of `crate = path`.
    pub(crate) fn path(input: ParseStream<'_>, name: &Ident) -> syn::Result<Path> {
        attr::value(input, name, "the path of the renamed crate", "my_events")
    }

    /// The module of what generated code may name, shown at another place: a path is as wide in a message as its first
    /// and last token, so one that begins at the attribute would underline all of it.
    pub(crate) fn at(&self, place: Span) -> TokenStream {
        let Some(path) = &self.0 else { return quote_spanned!(place=> ::openedx_events::__private) };
        let path = shown_at(path, place);
        quote_spanned!(place=> #path::__private)
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

/// Wraps items, so that none of their names is seen outside. The wrapper stands at `at`: it is told of there where it
/// cannot be, as in an `impl`.
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

/// The same tokens, shown at another place. What they mean does not change.
pub(crate) fn shown_at(tokens: impl ToTokens, place: Span) -> TokenStream {
    let tokens = tokens.into_token_stream().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    tokens.collect()
}
