//! The lifetimes of a registered function, which are not declared where the types of its parameters are repeated.

use std::mem;

use proc_macro2::{Group, TokenStream, TokenTree};
use syn::{Ident, Signature};

/// The lifetimes that a function declares.
pub(crate) struct Lifetimes(Vec<String>);

impl Lifetimes {
    pub(crate) fn of(signature: &Signature) -> Self {
        Self(signature.generics.lifetimes().map(|param| param.lifetime.ident.to_string()).collect())
    }

    /// The tokens of a type, with `'_` for each of these lifetimes.
    pub(crate) fn elide(&self, tokens: TokenStream) -> TokenStream {
        let mut after_quote = false;
        let tokens = tokens.into_iter().map(|token| match token {
            TokenTree::Group(group) => {
                let mut elided = Group::new(group.delimiter(), self.elide(group.stream()));
                elided.set_span(group.span());
                TokenTree::Group(elided)
            }
            TokenTree::Ident(ident) if mem::take(&mut after_quote) && self.0.contains(&ident.to_string()) => {
                TokenTree::Ident(Ident::new("_", ident.span()))
            }
            token => {
                after_quote = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\'');
                token
            }
        });
        tokens.collect()
    }
}
