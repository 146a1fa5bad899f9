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
    let Some(item) = ctxt.keep(item::Item::read(&ctxt, tokens.clone(), args.in_process.is_some())) else {
        let errors = ctxt.check().err();
        return quote!(#errors #tokens);
    };
    match ctxt.check() {
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
    if item.record.fields.is_empty() || !item.generics.params.is_empty() {
        // There are no fields to look the key up in.
        args.key = None;
    }
    let signal = item.stand_in_type().map(|ty| expand::declaration(&args, item, &ty, ""));
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
    let impls = hidden(ident.span(), &quote!(#data #debug));
    quote!(#tokens #impls #signal)
}
