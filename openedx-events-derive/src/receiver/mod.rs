//! `#[receiver(SIGNAL)]`: read the arguments and the function's signature, check them, expand.

mod args;
mod argument;
mod delivery;
mod evaluated;
mod expand;
mod further;
mod handler;
mod looks;
mod parameter;

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Ctxt;

pub(crate) fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let ctxt = Ctxt::default();
    let args = args::Args::read(&ctxt, args);
    let Some(handler) = ctxt.keep(handler::Handler::read(&ctxt, tokens.clone(), &args.targets)) else {
        let errors = ctxt.check().err();
        return quote!(#errors #tokens);
    };
    match ctxt.check() {
        Ok(()) if handler.is_typed() => expand::expand(&args, &handler),
        Ok(()) => handler.tokens,
        Err(errors) => {
            // The function is emitted as it is, so that calls of it add no errors.
            let function = &handler.tokens;
            quote!(#errors #function)
        }
    }
}
