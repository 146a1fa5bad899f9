//! `#[signal("…")]`: read the arguments and the struct, check them, expand.

mod args;
mod expand;
mod item;

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Ctxt;
use crate::krate::hidden;
use crate::record;

pub(crate) fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let args = args::Args::read(&ctxt, args);
    let Some(item) = item::Item::read(&ctxt, tokens, &args) else {
        let errors = ctxt.check().err();
        return quote!(#errors #tokens);
    };
    match ctxt.check() {
        Ok(()) if item.record.is_infinite() => fallback(args, &item),
        Ok(()) => expand::expand(&args, &item),
        Err(errors) => {
            let stub = fallback(args, &item);
            quote!(#errors #stub)
        }
    }
}

/// The item and a stand-in for its signal, so that uses of either add no errors.
fn fallback(mut args: args::Args, item: &item::Item) -> TokenStream {
    let (tokens, ident) = (&item.tokens, &item.record.ident);
    if item.record.fields.is_empty() || !item.generics.params.is_empty() || item.record.has_refused_type() {
        // There are no fields to look the key up in, or the key may be what was refused.
        args.key = None;
    }
    let signal = item.stand_in_type().map(|ty| {
        let signal = expand::declaration(&args, item, &ty, "");
        let others = item.other_signals.iter().map(|name| expand::signal(&args, item, &ty, name));
        quote!(#signal #(#others)*)
    });
    let data = (!item.derives_data).then(|| record::fallback(&args.krate, ident, &item.generics));
    let (parameters, arguments, bounds) = record::stand_in(&item.generics);
    let debug = (!item.derives_debug).then(|| {
        quote! {
            impl #parameters ::core::fmt::Debug for #ident #arguments #bounds {
                fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                    ::core::unreachable!()
                }
            }
        }
    });
    // The struct may be without them, and their imports would be unused.
    let refused = (item.record.has_refused_type() && item.generics.params.is_empty()).then(|| {
        let types = item.record.fields.iter().map(|field| &field.ty);
        quote! {
            #[allow(dead_code)]
            fn refused(#(_: &#types),*) {}
        }
    });
    // The parameters of a generic event would be unknown in it.
    let into_event = item.generics.params.is_empty().then(|| expand::into_event(&args, item)).flatten();
    let (carried, impls) = (&item.of_impls, hidden(ident.span(), &quote!(#data #debug #refused #into_event)));
    quote!(#tokens #carried #impls #signal)
}
