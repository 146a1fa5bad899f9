//! What `#[signal]` gives.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt as _;

use super::args::{Args, KeyPath};
use super::item::Item;
use crate::event_type::snake_case;
use crate::krate::hidden;
use crate::record;

/// The struct, its impls and its signal:
///
/// ```ignore
/// pub struct BadgeAwarded { pub badge: BadgeData }
///
/// impl EventData for BadgeAwarded { … }
/// impl Debug for BadgeAwarded { … }
/// impl IntoEvent<BadgeAwarded> for BadgeData { … }         // events of one field
/// impl Event for BadgeAwarded { … }
///
/// pub static BADGE_AWARDED: Signal<BadgeAwarded> = Signal::new();
/// inventory::submit! { Declaration::new(&BADGE_AWARDED) }
/// ```
pub(super) fn expand(args: &Args, item: &Item) -> TokenStream {
    let (krate, tokens, record) = (&args.krate, &item.tokens, &item.record);
    let data = record::expand(krate, record);
    let debug = record::debug(krate, &record.ident, record.ident.span());
    let into_event = into_event(args, item);
    let event_type = args.event_type.as_ref().map(syn::LitStr::value).unwrap_or_default();
    let signal = declaration(args, item, &event_type);
    let impls = hidden(&quote!(#data #debug #into_event));
    quote!(#tokens #impls #signal)
}

/// The static, the impl of `Event` and the line in the registry.
pub(super) fn declaration(args: &Args, item: &Item, event_type: &str) -> TokenStream {
    let (krate, vis, ident) = (&args.krate, &item.vis, &item.record.ident);
    let name = args
        .name
        .clone()
        .unwrap_or_else(|| Ident::new(&snake_case(&ident.unraw().to_string()).to_uppercase(), ident.span()));
    let doc = format!(" The signal of [`{}`], `{event_type}`.", ident.unraw());
    let info = info(args, &name, event_type);
    let key = key(args);
    let event = hidden(&quote! {
        #[automatically_derived]
        impl #krate::Event for #ident {
            const INFO: &'static #krate::EventInfo = &#info;

            fn signal() -> &'static #krate::Signal<Self> {
                &#name
            }

            fn key(&self) -> ::core::option::Option<#krate::Cow<'_, ::core::primitive::str>> {
                #key
            }
        }

        #krate::inventory::submit! {
            #krate::Declaration::new(&#name)
        }
    });
    quote! {
        #[doc = #doc]
        #vis static #name: #krate::Signal<#ident> = #krate::Signal::new();

        #event
    }
}

fn info(args: &Args, name: &Ident, event_type: &str) -> TokenStream {
    let krate = &args.krate;
    let name = name.unraw().to_string();
    let key = args.key.as_ref().map(|KeyPath(path)| {
        let path = path.iter().map(|step| step.unraw().to_string()).collect::<Vec<_>>().join(".");
        quote!(.key_field(#path))
    });
    let minor_version = args.minor_version.map(|number| quote!(.minor_version(#number)));
    let repository = args.trigger_repository.as_ref().map(|text| quote!(.trigger_repository(#text)));
    let warning = args.warning.as_ref().map(|text| quote!(.warning(#text)));
    quote! {
        #krate::EventInfo::new(#event_type, #name, ::core::module_path!())
            #key #minor_version #repository #warning
    }
}

/// `Some(key_end(&key_step(&self.badge).uuid))`, each call at the step that it is for.
fn key(args: &Args) -> TokenStream {
    let krate = &args.krate;
    let Some(KeyPath(path)) = &args.key else { return quote!(::core::option::Option::None) };
    let Some((last, steps)) = path.split_last() else { return quote!(::core::option::Option::None) };
    let this = Ident::new("self", proc_macro2::Span::call_site());
    let record = steps.iter().fold(quote!(#this), |record, step| {
        let field = quote_spanned!(step.span()=> &#record.#step);
        quote_spanned!(step.span()=> #krate::key_step(#field))
    });
    let field = quote_spanned!(last.span()=> &#record.#last);
    let end = quote_spanned!(last.span()=> #krate::key_end(#field));
    quote!(::core::option::Option::Some(#end))
}

fn into_event(args: &Args, item: &Item) -> Option<TokenStream> {
    let [field] = item.record.fields.as_slice() else { return None };
    let (krate, ident) = (&args.krate, &item.record.ident);
    let (name, ty) = (&field.ident, &field.ty);
    Some(quote! {
        #[automatically_derived]
        impl #krate::IntoEvent<#ident> for #ty {
            #[inline]
            fn into_event(self) -> #ident {
                #ident { #name: self }
            }
        }
    })
}
