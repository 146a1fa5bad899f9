//! `#[filter("…")]`: read the arguments and the struct, check them, expand.

mod args;
mod expand;
mod item;

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Ctxt;

pub(crate) fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let args = args::Args::read(&ctxt, args);
    let Some(item) = item::Item::read(&ctxt, tokens) else {
        let errors = ctxt.check().err();
        return quote!(#errors #tokens);
    };
    match ctxt.check() {
        Ok(()) => expand::expand(&args, &item),
        // With a stand-in, so that uses of the filter add no errors.
        Err(errors) => {
            let stub = expand::stand_in(&args, &item);
            quote!(#errors #stub)
        }
    }
}
