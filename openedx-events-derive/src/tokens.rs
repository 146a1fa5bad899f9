//! What an item is that does not parse.

use proc_macro2::{TokenStream, TokenTree};

/// Whether these are the tokens of a struct, right or wrong: attributes, a visibility, `struct`.
pub(crate) fn begins_as_struct(item: &TokenStream) -> bool {
    let keywords = ["struct", "enum", "union", "fn", "impl", "trait", "mod", "type", "const", "static"];
    let mut idents = item.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(ident) => Some(ident.to_string()),
        _ => None,
    });
    idents.find(|ident| keywords.contains(&ident.as_str())).is_some_and(|ident| ident == "struct")
}
