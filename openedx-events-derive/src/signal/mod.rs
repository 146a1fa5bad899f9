//! `#[signal("…")]`: read the arguments and the struct, check them, expand.

mod args;
mod expand;
mod item;

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Ctxt;
use crate::krate::hidden;
use crate::record;

pub(crate) fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let args = args::Args::read(&ctxt, args);
    let Some(item) = ctxt.keep(item::Item::read(&ctxt, item)) else {
        return ctxt.check().err().unwrap_or_default();
    };
    match ctxt.check() {
        Ok(()) => expand::expand(&args, &item),
        Err(errors) => {
            let stub = fallback(&args, &item);
            quote!(#errors #stub)
        }
    }
}

/// The struct and a stand-in for its signal, so that uses of either do not fail a second time.
fn fallback(args: &args::Args, item: &item::Item) -> TokenStream {
    let (krate, tokens) = (&args.krate, &item.tokens);
    if !item.is_plain {
        return tokens.clone();
    }
    let data = record::fallback(krate, &item.record.ident);
    let debug = record::debug(krate, &item.record.ident, item.record.ident.span());
    let debug = (!item.derives_debug).then_some(debug);
    let signal = expand::declaration(args, item, "");
    let event = hidden(&quote!(#data #debug));
    quote!(#tokens #event #signal)
}
