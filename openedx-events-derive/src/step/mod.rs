//! `#[pipeline_step(FILTER)]`: read the arguments and the function's signature, check them, expand.

mod args;
mod expand;
mod handler;
mod parameter;

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Ctxt;

pub(crate) fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let args = args::Args::read(&ctxt, args);
    let Some(handler) = ctxt.keep(handler::Handler::read(&ctxt, tokens.clone(), &args)) else {
        let errors = ctxt.check().err();
        return quote!(#errors #tokens);
    };
    match (ctxt.check(), &args.filter) {
        (Ok(()), Some(filter)) if handler.is_typed() => expand::expand(&args, filter, &handler),
        (checked, _) => {
            // The function is emitted as it is, so that calls of it add no errors.
            let (errors, function) = (checked.err(), &handler.tokens);
            quote!(#errors #function)
        }
    }
}
