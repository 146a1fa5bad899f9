//! What the user's item and what is generated from it have in common: attributes, and the visibility of its static.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token, Visibility};

use crate::krate::{Krate, shown_at};
use crate::neighbours::all;

/// The attributes of a generated `static`, which users name as they name the item: its `cfg`, its levels of lints, and
/// whether it is deprecated or hidden in the documentation.
pub(crate) fn for_static(attributes: &[Attribute]) -> TokenStream {
    let mut carried = carry(attributes, |meta| of_every_item(meta).or_else(|| of_named_item(meta)));
    if is_deprecated(attributes) {
        // It names the deprecated event.
        carried.extend(quote!(#[allow(deprecated)]));
    }
    carried
}

/// The static of a declared struct: `pub static BADGE_AWARDED: Signal<BadgeAwarded> = Signal::new();`
pub(crate) fn static_item(
    krate: &Krate,
    vis: &Visibility,
    name: &Ident,
    kind: &str,
    ty: &TokenStream,
    carried: &TokenStream,
) -> TokenStream {
    // Its place is where its name comes from, as rustc's suggestions of similar names point there.
    let at = name.span();
    let (vis, path, kind) = (shown_at(vis, at), krate.at(at), Ident::new(kind, at));
    let item = quote_spanned! {at=>
        #vis static #name: #path::#kind<#ty> = #path::#kind::new();
    };
    // rustc reports a visibility that is too wide at the struct already.
    quote! {
        #carried
        #[allow(unreachable_pub)]
        #item
    }
}

/// The attributes of generated impls. `members` are the attributes of fields and variants: what is allowed there is
/// allowed in code that names them.
pub(crate) fn for_impls<'a>(
    attributes: &'a [Attribute],
    members: impl Iterator<Item = &'a [Attribute]>,
) -> TokenStream {
    let mut carried = carry(attributes, of_every_item);
    let mut deprecated = is_deprecated(attributes);
    for attributes in members {
        carried.extend(carry(attributes, allowed));
        deprecated |= is_deprecated(attributes);
    }
    if deprecated {
        // Nobody reads the impls, so that a warning about them helps nobody.
        carried.extend(quote!(#[allow(deprecated)]));
    }
    carried
}

fn is_deprecated(attributes: &[Attribute]) -> bool {
    all(attributes).iter().any(|neighbour| neighbour.is("deprecated"))
}

fn carry(attributes: &[Attribute], choose: impl Fn(&Meta) -> Option<TokenStream> + Copy) -> TokenStream {
    let chosen = attributes.iter().filter_map(|attribute| chosen(&attribute.meta, choose));
    chosen.map(|meta| quote!(#[#meta])).collect()
}

/// The attribute as it is carried. Of a `cfg_attr`, this is a `cfg_attr` with the chosen ones of its attributes.
fn chosen(meta: &Meta, choose: impl Fn(&Meta) -> Option<TokenStream> + Copy) -> Option<TokenStream> {
    if !meta.path().is_ident("cfg_attr") {
        return choose(meta);
    }
    let list = meta.require_list().ok()?;
    let arguments = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut arguments = arguments.iter();
    let condition = arguments.next()?;
    let added: Vec<_> = arguments.filter_map(|meta| chosen(meta, choose)).collect();
    (!added.is_empty()).then(|| quote!(cfg_attr(#condition, #(#added),*)))
}

fn of_every_item(meta: &Meta) -> Option<TokenStream> {
    let path = meta.path();
    if ["cfg", "warn", "deny"].iter().any(|name| path.is_ident(name)) {
        return Some(meta.to_token_stream());
    }
    // What is generated allows lints, too, which it could not if they were forbidden.
    if path.is_ident("forbid") { level("deny", meta) } else { allowed(meta) }
}

/// `allow`, and `expect` as `allow`: the lint may fire in the item, in what is generated, or in both.
fn allowed(meta: &Meta) -> Option<TokenStream> {
    let path = meta.path();
    if path.is_ident("allow") || path.is_ident("expect") { level("allow", meta) } else { None }
}

fn level(level: &str, meta: &Meta) -> Option<TokenStream> {
    let level = Ident::new(level, Span::mixed_site());
    let lints = &meta.require_list().ok()?.tokens;
    Some(quote!(#level(#lints)))
}

fn of_named_item(meta: &Meta) -> Option<TokenStream> {
    let path = meta.path();
    let is_hidden = || {
        let list = meta.require_list().ok().filter(|_| path.is_ident("doc"));
        list.is_some_and(|list| list.tokens.to_string() == "hidden")
    };
    (path.is_ident("deprecated") || is_hidden()).then(|| meta.to_token_stream())
}
