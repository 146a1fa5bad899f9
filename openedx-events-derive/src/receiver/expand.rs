//! What `#[receiver]` gives.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, Path};

use super::args::{Args, Targets};
use super::handler::{By, Handler, Parameter, Takes};
use crate::krate::{Krate, hidden, local};

/// The function as it is, and a line in the registry for each signal:
///
/// ```ignore
/// fn index(enrollment: &CourseEnrollmentData, metadata: &EventsMetadata) -> Result<(), IndexError> { … }
///
/// inventory::submit! {
///     Registration::new(
///         concat!(module_path!(), "::", "index"),
///         &COURSE_ENROLLMENT_CREATED,
///         &const { Handler::Sync(|event, context| finish(index(&event.enrollment, context.metadata()))) },
///     )
/// }
/// ```
///
/// The closure gets its types from the signal, so that rustc itself checks each parameter at its own place.
pub(super) fn expand(args: &Args, handler: &Handler) -> TokenStream {
    let function = &handler.tokens;
    let registrations = match &args.targets {
        Targets::Signals(signals) => {
            signals.iter().map(|signal| registration(args, handler, Some(signal))).collect()
        }
        Targets::Any => registration(args, handler, None),
    };
    let registrations = hidden(&registrations);
    quote!(#function #registrations)
}

fn registration(args: &Args, handler: &Handler, signal: Option<&Path>) -> TokenStream {
    let krate = &args.krate;
    let name = handler.ident.unraw().to_string();
    let path = quote!(::core::concat!(::core::module_path!(), "::", #name));
    let kind = if handler.is_async { quote!(Async) } else { quote!(Sync) };
    let closure = closure(krate, handler, signal);
    let at = handler.ident.span();
    let receiver = if let Some(signal) = signal {
        quote_spanned!(at=> #krate::Registration::new(#path, &#signal, &const { #krate::Handler::#kind(#closure) }))
    } else {
        quote_spanned!(at=> #krate::Registration::any(#path, #krate::AnyHandler::#kind(#closure)))
    };
    let priority = args.priority.map(|priority| quote!(.priority(#priority)));
    let states: Vec<_> = handler.parameters.iter().filter_map(Parameter::state).collect();
    let states = (!states.is_empty()).then(|| quote!(.states(&[#(#krate::StateNeed::of::<#states>()),*])));
    quote! {
        #krate::inventory::submit! {
            #receiver #priority #states
        }
    }
}

impl Parameter {
    fn state(&self) -> Option<&syn::Type> {
        match &self.takes {
            Takes::State(ty) => Some(ty),
            _ => None,
        }
    }
}

/// `|event, context| { states; finish(function(arguments)) }`
fn closure(krate: &Krate, handler: &Handler, signal: Option<&Path>) -> TokenStream {
    let (event, context) = (local("event"), local("context"));
    let states = handler.parameters.iter().enumerate().filter_map(|(index, parameter)| {
        let ty = parameter.state()?;
        let state = local(&format!("state{index}"));
        Some(quote! {
            let #state = {
                static SLOT: #krate::StateSlot<#ty> = #krate::StateSlot::new();
                #context.state(&SLOT)?
            };
        })
    });
    let arguments = handler
        .parameters
        .iter()
        .enumerate()
        .map(|(index, parameter)| argument(krate, parameter, index, signal));
    let function = &handler.ident;
    let call = quote!(#function(#(#arguments),*));
    let finish = |output: TokenStream| quote_spanned!(handler.output=> #krate::finish(#output));
    let body = if handler.is_async {
        let finish = finish(quote!(#call.await));
        let future = quote!(async move { #(#states)* #finish });
        quote_spanned!(handler.ident.span()=> #krate::boxed(#future))
    } else {
        let finish = finish(call);
        quote!({ #(#states)* #finish })
    };
    quote!(|#event, #context| { let _ = (#event, #context); #body })
}

/// What is handed to one parameter. It stands where the parameter's type does, so that rustc points there.
fn argument(krate: &Krate, parameter: &Parameter, index: usize, signal: Option<&Path>) -> TokenStream {
    let at = parameter.ty.span();
    let here = |name: &str| at_place(&local(name), at);
    let (event, context) = (here("event"), here("context"));
    match &parameter.takes {
        Takes::Event => event.to_token_stream(),
        Takes::Metadata => quote_spanned!(at=> #context.metadata()),
        Takes::FromEventBus => quote_spanned!(at=> #context.from_event_bus()),
        Takes::Signal => {
            if let Some(signal) = signal {
                quote_spanned!(at=> &#signal)
            } else {
                quote_spanned!(at=> #context.signal())
            }
        }
        Takes::State(_) => {
            let state = here(&format!("state{index}"));
            quote_spanned!(at=> &*#state)
        }
        Takes::Field { name, by } => {
            let field = quote_spanned!(at=> &#event.#name);
            match by {
                By::Reference => field,
                By::Option => quote_spanned!(at=> #krate::option_of(#field)),
                By::Value => quote_spanned!(at=> #krate::by_value(#field)),
            }
        }
    }
}

/// A local name, shown at another place.
fn at_place(name: &Ident, at: Span) -> Ident {
    Ident::new(&name.to_string(), at.resolved_at(Span::mixed_site()))
}
