//! The code that `#[signal]` emits.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Ident, LitStr};

use super::args::{Args, KeyPath};
use super::item::Item;
use crate::event_type::static_name;
use crate::krate::hidden;
use crate::{carried, record};

/// The struct, its impls and its signal:
///
/// ```ignore
/// pub struct BadgeAwarded { pub badge: BadgeData }
///
/// impl EventData for BadgeAwarded { … }
/// impl Debug for BadgeAwarded { … }
/// impl IntoEvent<BadgeAwarded> for BadgeData { … }         // if the event has one field
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
    let event_type = args.event_type.as_ref().map(LitStr::value).unwrap_or_default();
    let signal = declaration(args, item, &record.ident.to_token_stream(), &event_type);
    let (carried, impls) = (&item.of_impls, hidden(record.ident.span(), &quote!(#data #debug #into_event)));
    quote!(#tokens #carried #impls #signal)
}

/// The static, the impl of `Event` and its registration.
pub(super) fn declaration(args: &Args, item: &Item, ty: &TokenStream, event_type: &str) -> TokenStream {
    let (krate, ident) = (&args.krate, &item.record.ident);
    let at = ident.span();
    let name = static_name(args.name.as_ref(), ident);
    let doc = format!(" The signal of [`{}`], `{event_type}`.", ident.unraw());
    let info = info(args, &name, event_type);
    let key = key(args);
    let in_process = args.in_process.as_ref();
    let wire = in_process.map_or_else(|| quote!(avro()), |reason| quote!(InProcess(#reason)));
    let event = hidden(
        at,
        &quote! {
            #[automatically_derived]
            impl #krate::Event for #ty {
                const INFO: &'static #krate::EventInfo = &#info;
                const WIRE: &'static #krate::Wire<Self> = &#krate::Wire::#wire;

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
        },
    );
    let (signal, carried) = (signal(args, item, ty, &name), &item.of_impls);
    quote! {
        #[doc = #doc]
        #signal

        #carried
        #event
    }
}

/// The static.
pub(super) fn signal(args: &Args, item: &Item, ty: &TokenStream, name: &Ident) -> TokenStream {
    carried::static_item(&args.krate, &item.vis, name, "Signal", ty, &item.of_signal)
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

/// Each step of the path is a statement of its own, so that a wrong step is reported at its own place:
///
/// ```ignore
/// let key0 = &self.enrollment;
/// let record0 = key_step(key0);
/// let key1 = &record0.course_key;
/// Some(key_end(key1))
/// ```
fn key(args: &Args) -> TokenStream {
    let none = quote!(::core::option::Option::None);
    let Some(KeyPath(path)) = &args.key else { return none };
    let Some((first, inner)) = path.split_first() else { return none };
    let name = |what: &str, index: usize, at| Ident::new(&format!("__openedx_{what}{index}"), at);
    let mut key = name("key", 0, first.span());
    let mut steps = quote!(let #key = &self.#first;);
    for (index, step) in inner.iter().enumerate() {
        let (krate, at) = (args.krate.at(key.span()), step.span());
        let record = name("record", index, at);
        let taken = quote_spanned!(key.span()=> #krate::key_step(#key));
        key = name("key", index + 1, at);
        steps.extend(quote!(let #record = #taken;));
        steps.extend(quote_spanned!(at=> let #key = &#record.#step;));
    }
    let krate = args.krate.at(key.span());
    let end = quote_spanned!(key.span()=> #krate::key_end(#key));
    quote!(#steps ::core::option::Option::Some(#end))
}

/// An event with one field can be sent as the value of that field.
pub(super) fn into_event(args: &Args, item: &Item) -> Option<TokenStream> {
    let [field] = item.record.fields.as_slice() else { return None };
    let (ident, name, ty) = (&item.record.ident, &field.ident, &field.ty);
    let krate = args.krate.at(ident.span());
    Some(quote_spanned! {ident.span()=>
        #[automatically_derived]
        impl #krate::IntoEvent<#ident> for #ty {
            #[inline]
            fn into_event(self) -> #ident {
                #ident { #name: self }
            }
        }
    })
}
