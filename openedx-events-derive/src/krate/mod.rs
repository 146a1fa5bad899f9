//! The path of the runtime crate, and the block that hides generated items.

mod externs;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;
use syn::parse::ParseStream;

use self::externs::Externs;
use crate::attr;

/// The path of the runtime crate in generated code: the path in `crate = path`, or else the name that the compiler knows it
/// by, which is `openedx_events` unless it is renamed in `Cargo.toml`.
pub(crate) enum Krate {
    Given(Path),
    Found(String),
}

impl Krate {
    pub(crate) fn new(path: Option<Path>) -> Self {
        path.map_or_else(
            || match Externs::of_compiler() {
                Externs::Renamed(name) => Self::Found(name),
                Externs::Named | Externs::Missing | Externs::Unknown => {
                    Self::Found("openedx_events".to_owned())
                }
            },
            Self::Given,
        )
    }

    /// Reads the value of `crate = path`.
    pub(crate) fn path(input: ParseStream<'_>, name: &Ident) -> syn::Result<Path> {
        attr::value(input, name, "the path of the `openedx_events` crate", "my_events")
    }

    /// The module with everything that generated code names, shown at another place: a message underlines a path from
    /// its first token to its last, so one that begins at the attribute would underline all of it.
    pub(crate) fn at(&self, place: Span) -> TokenStream {
        match self {
            Self::Given(path) => {
                let path = shown_at(path, place);
                quote_spanned!(place=> #path::__private)
            }
            // The user's own tokens in every respect: else messages add that they are in an expansion.
            Self::Found(name) => {
                let name = Ident::new(name, place);
                quote_spanned!(place=> ::#name::__private)
            }
        }
    }
}

/// The module with everything that generated code names.
impl ToTokens for Krate {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Given(path) => quote!(#path::__private).to_tokens(tokens),
            Self::Found(_) => self.at(Span::call_site()).to_tokens(tokens),
        }
    }
}

/// The error for a crate that does not depend on the runtime crate under any name, so that the user reads it once, and not for
/// each path of the expansion. `arguments` are those of the macro.
pub(crate) fn missing(arguments: &TokenStream, argument: &str) -> Option<TokenStream> {
    if Externs::of_compiler() != Externs::Missing || names_crate(arguments) {
        return None;
    }
    let message = format!(
        "the crate `openedx_events` is no dependency of this one: add it to Cargo.toml, or, if another crate re-exports it, \
         name its path: `{argument}`"
    );
    Some(syn::Error::new(Span::call_site(), message).into_compile_error())
}

/// Whether `crate = …` is among the arguments, at any depth: for a derive they are the whole item.
fn names_crate(arguments: &TokenStream) -> bool {
    let mut tokens = arguments.clone().into_iter().peekable();
    while let Some(token) = tokens.next() {
        let is_named = match token {
            TokenTree::Group(group) => names_crate(&group.stream()),
            TokenTree::Ident(ident) => {
                ident == "crate"
                    && matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '=')
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => false,
        };
        if is_named {
            return true;
        }
    }
    false
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
