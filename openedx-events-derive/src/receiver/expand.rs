//! What `#[receiver]` gives.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, Path};

use super::args::{Args, Targets};
use super::handler::{By, Handler, Parameter, Takes};
use crate::krate::{Krate, hidden, local, shown_at};

/// The function as it is, and a line in the registry for each signal:
///
/// ```ignore
/// fn index(enrollment: &CourseEnrollmentData, metadata: &EventsMetadata) -> Result<(), IndexError> { … }
///
/// inventory::submit! {
///     Registration::new(
///         concat!(module_path!(), "::", "index"),
///         &COURSE_ENROLLMENT_CREATED,
///         &const {
///             Handler::Sync(|event, context| {
///                 let argument0: &CourseEnrollmentData = &event.enrollment;
///                 let argument1: &EventsMetadata = context.metadata();
///                 finish(index(argument0, argument1))
///             })
///         },
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
    let (registrations, allowed) = (hidden(&registrations), &handler.allowed);
    quote! {
        #function

        #(#allowed)*
        #registrations
    }
}

fn registration(args: &Args, handler: &Handler, signal: Option<&Path>) -> TokenStream {
    let krate = &args.krate;
    let name = handler.ident.unraw().to_string();
    let path = quote!(::core::concat!(::core::module_path!(), "::", #name));
    let kind = if handler.is_async { quote!(Async) } else { quote!(Sync) };
    let closure = closure(args, handler, signal);
    let at = handler.ident.span();
    let here = krate.at(at);
    let receiver = if let Some(signal) = signal {
        let (there, reference, name) = (krate.at(signal.span()), reference_to(signal), local("signal"));
        let ty = quote_spanned!(signal.span()=> &#there::Signal<_>);
        let new = quote_spanned!(at=> #here::Registration::new);
        // By itself, so that a path to something else is told of before its event is asked for.
        quote!({
            let #name: #ty = #reference;
            #new(#path, #name, &const { #here::Handler::#kind(#closure) })
        })
    } else {
        quote_spanned!(at=> #here::Registration::any(#path, #here::AnyHandler::#kind(#closure)))
    };
    let priority = args.priority.map(|priority| quote!(.priority(#priority)));
    let states: Vec<_> = handler.parameters.iter().filter_map(|parameter| need(krate, parameter)).collect();
    let states = (!states.is_empty()).then(|| quote!(.states(&[#(#states),*])));
    quote! {
        #krate::inventory::submit! {
            #receiver #priority #states
        }
    }
}

/// `&SIGNAL`, at the signal.
fn reference_to(signal: &Path) -> TokenStream {
    quote_spanned!(signal.span()=> &#signal)
}

/// What `check` asks for.
fn need(krate: &Krate, parameter: &Parameter) -> Option<TokenStream> {
    let Takes::State(ty) = &parameter.takes else { return None };
    let (conditions, as_state) = (&parameter.conditions, as_state(krate, ty));
    Some(quote!(#(#conditions)* #as_state::NEED))
}

/// `<Type as State>`
fn as_state(krate: &Krate, ty: &TokenStream) -> TokenStream {
    let krate = krate.at(ty.span());
    quote_spanned!(ty.span()=> <#ty as #krate::State>)
}

/// `|event, context| { values; finish(function(values)) }`
fn closure(args: &Args, handler: &Handler, signal: Option<&Path>) -> TokenStream {
    let krate = &args.krate;
    let event = shown_at(local("event"), handler.ident.span());
    let context = shown_at(local("context"), handler.ident.span());
    let at = match &args.targets {
        Targets::Signals(signals) if signals.len() > 1 => signal.map(place_of),
        _ => None,
    };
    let values = handler.parameters.iter().enumerate().map(|(index, parameter)| {
        let slot = Slot { krate, parameter, index, at: at.unwrap_or_else(|| parameter.name.span()) };
        slot.value(signal)
    });
    let passed = handler.parameters.iter().enumerate().map(|(index, parameter)| {
        let (conditions, name) = (&parameter.conditions, name_at(parameter, "argument", index));
        quote!(#(#conditions)* #name)
    });
    let function = &handler.ident;
    let awaited = handler.is_async.then(|| quote!(.await));
    let call = quote!(#function(#(#passed),*) #awaited);
    let output = match handler.output {
        None => quote!(#call; ::core::result::Result::Ok(())),
        Some(place) => finish(krate, &call, place),
    };
    let body = quote!({ #(#values)* #output });
    let body = if handler.is_async {
        let at = function.span();
        let krate = krate.at(at);
        let future = quote_spanned!(at=> async move #body);
        quote_spanned!(at=> #krate::boxed(#future))
    } else {
        body
    };
    quote!(|#event, #context| #body)
}

/// `finish((call,).0)`. The call stands in a tuple, as `value.0` is as wide in a message as the return type: its first
/// token is the type's first one, and its last token the last one.
fn finish(krate: &Krate, call: &TokenStream, (first, last): (Span, Span)) -> TokenStream {
    let output = Ident::new("__openedx_output", first);
    let krate = krate.at(first);
    let finish = quote_spanned!(first=> #krate::finish);
    let (dot, mut zero) = (quote_spanned!(last=> .), Literal::usize_unsuffixed(0));
    zero.set_span(last);
    quote! {
        let #output = (#call,);
        #finish(#output #dot #zero)
    }
}

/// One parameter's value on its way to the function.
struct Slot<'a> {
    krate: &'a Krate,
    parameter: &'a Parameter,
    index: usize,
    /// Where a value of another type is told of: at the parameter, or at the one signal of several that has it.
    at: Span,
}

/// A name of generated code, at the parameter.
fn name_at(parameter: &Parameter, name: &str, index: usize) -> Ident {
    let at = match &parameter.takes {
        // Of the expansion: else rustc suggests to convert or to borrow the parameter's name, as if it were a value.
        Takes::FromEventBus | Takes::Field { by: By::Value, .. } => {
            parameter.name.span().resolved_at(Span::mixed_site())
        }
        // Of the user's own, so that messages have no word of an expansion.
        _ => parameter.name.span(),
    };
    Ident::new(&format!("__openedx_{name}{index}"), at)
}

/// The last part of a signal's path.
fn place_of(signal: &Path) -> Span {
    signal.segments.last().map_or_else(|| signal.span(), |last| last.ident.span())
}

impl Slot<'_> {
    /// The value as it is, then as the parameter takes it:
    ///
    /// ```ignore
    /// let value0 = &event.enrollment;                  // no such field: told of at the parameter
    /// let argument0: &CourseEnrollmentData = value0;   // another type: there, or at the one of several signals
    /// ```
    fn value(&self, signal: Option<&Path>) -> TokenStream {
        let (ty, conditions) = (&self.parameter.ty, &self.parameter.conditions);
        let value = name_at(self.parameter, "value", self.index);
        let argument = name_at(self.parameter, "argument", self.index);
        let (raw, taken) = (self.raw(signal), self.taken());
        quote! {
            #(#conditions)*
            let #value = #raw;
            #(#conditions)*
            let #argument: #ty = #taken;
        }
    }

    fn raw(&self, signal: Option<&Path>) -> TokenStream {
        let (event, context) = (local("event"), local("context"));
        let at = self.parameter.name.span();
        match &self.parameter.takes {
            Takes::Event => event.to_token_stream(),
            Takes::Metadata => quote!(#context.metadata()),
            Takes::FromEventBus => quote!(#context.from_event_bus()),
            Takes::Signal => signal.map_or_else(|| quote!(#context.signal()), reference_to),
            Takes::State(ty) => {
                let (krate, as_state) = (self.krate, as_state(self.krate, ty));
                quote!({
                    static SLOT: #krate::StateSlot = #krate::StateSlot::new();
                    #as_state::find(#context, &SLOT)?
                })
            }
            Takes::Field { name, .. } => {
                // The borrow stands at the name too, so that both are one place.
                quote_spanned!(at=> &#event.#name)
            }
        }
    }

    fn taken(&self) -> TokenStream {
        let mut value = name_at(self.parameter, "value", self.index);
        let at = value.span().located_at(self.at);
        value.set_span(at);
        let krate = self.krate.at(at);
        match &self.parameter.takes {
            Takes::State(_) => quote_spanned!(at=> &*#value),
            Takes::Field { by: By::Option, .. } => quote_spanned!(at=> #krate::option_of(#value)),
            Takes::Field { by: By::Value, .. } => quote_spanned!(at=> *#krate::by_value(#value)),
            _ => value.to_token_stream(),
        }
    }
}
