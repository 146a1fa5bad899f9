//! The code that `#[filter]` emits.

use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, LitStr};

use super::args::Args;
use super::item::{Field, Item};
use crate::carried;
use crate::event_type::static_name;
use crate::function::spelling::shown;
use crate::krate::{hidden, local};

/// The struct, its impls and its filter:
///
/// ```ignore
/// pub struct PriceRequested { pub price: i64 }
///
/// impl FilterData for PriceRequested { … }
/// impl SyncFilter for PriceRequested {}
/// impl StepHalt<PriceRequested> for PriceHalt { … }
///
/// pub static PRICE_REQUESTED: Filter<PriceRequested> = Filter::new();
/// inventory::submit! { FilterDeclaration::new(&PRICE_REQUESTED) }
/// ```
pub(super) fn expand(args: &Args, item: &Item) -> TokenStream {
    let filter_type = args.filter_type.as_ref().map(LitStr::value).unwrap_or_default();
    declaration(args, item, &filter_type, true)
}

/// What takes the place of a filter with mistakes.
pub(super) fn stand_in(args: &Args, item: &Item) -> TokenStream {
    if item.is_simple() { declaration(args, item, "", false) } else { item.tokens.clone() }
}

fn declaration(args: &Args, item: &Item, filter_type: &str, is_registered: bool) -> TokenStream {
    let (krate, ident, tokens, carried) = (&args.krate, &item.ident, &item.tokens, &item.of_impls);
    let at = ident.span();
    let name = static_name(args.name.as_ref(), ident);
    let halt =
        args.halts.as_ref().map_or_else(|| quote!(::core::convert::Infallible), syn::Type::to_token_stream);
    let info = info(args, item, &name, filter_type);
    let kind = Ident::new(if args.is_async { "AsyncFilter" } else { "SyncFilter" }, at);
    let registered = is_registered.then(|| {
        quote! {
            #krate::inventory::submit! {
                #krate::FilterDeclaration::new(&#name)
            }
        }
    });
    // At the type of the halts: rustc then reports there what it lacks.
    let there = krate.at(halt.span());
    let of_halt = quote_spanned!(halt.span()=> type Halt = #halt;);
    let as_halt = quote_spanned! {halt.span()=>
        #[automatically_derived]
        impl #there::StepHalt<#ident> for #halt {
            fn into_step_error(self) -> #there::StepError<#ident> {
                #there::StepError::halt(self)
            }
        }
    };
    // Steps read the fields, in whatever crate they are. Otherwise rustc would say that nobody does.
    let fields = item.fields.iter().map(|field| &field.ident);
    let (read, data) = (local("read"), local("data"));
    let read = is_registered.then(|| {
        quote! {
            #[allow(dead_code)]
            fn #read(#data: &#ident) {
                #(let _ = &#data.#fields;)*
            }
        }
    });
    let impls = hidden(
        at,
        &quote! {
            #[automatically_derived]
            impl #krate::FilterData for #ident {
                #of_halt

                const INFO: &'static #krate::FilterInfo = &#info;
            }

            #[automatically_derived]
            impl #krate::#kind for #ident {}

            #as_halt

            #read

            #registered
        },
    );
    let doc = format!(" The filter of [`{}`], `{filter_type}`.", ident.unraw());
    let filter =
        carried::static_item(krate, &item.vis, &name, "Filter", &ident.to_token_stream(), &item.of_static);
    quote! {
        #tokens

        #carried
        #impls

        #[doc = #doc]
        #filter
    }
}

fn info(args: &Args, item: &Item, name: &Ident, filter_type: &str) -> TokenStream {
    let krate = &args.krate;
    let (name, description) = (name.unraw().to_string(), &item.description);
    let fields = item.fields.iter().map(|Field { ident, type_name, description, is_private }| {
        let name = ident.unraw().to_string();
        let private = is_private.then(|| quote!(.private()));
        quote!(#krate::FilterField::new(#name, #type_name, #description) #private)
    });
    let halts = args.halts.as_ref().map(|halts| {
        let name = shown(halts);
        quote!(.halts(#name))
    });
    let is_async = args.is_async.then(|| quote!(.asynchronous()));
    quote! {
        #krate::FilterInfo::new(#filter_type, #name, ::core::module_path!())
            .description(#description)
            .fields(&[#(#fields),*])
            #halts #is_async
    }
}
