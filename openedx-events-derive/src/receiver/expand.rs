//! The code that `#[receiver]` emits.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, Path};

use super::args::{Args, Targets};
use super::argument::{Argument, reference_to};
use super::evaluated;
use super::handler::Handler;
use crate::function::signature::Output;
use crate::krate::{Krate, local, shown_at};

/// The function as it is, and a registration for each signal:
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
/// The closure gets its types from the signal, so that rustc checks each parameter at its own place.
pub(super) fn expand(args: &Args, handler: &Handler) -> TokenStream {
    let function = &handler.tokens;
    let registrations = match &args.targets {
        Targets::Signals(signals) => {
            signals.iter().map(|signal| registration(args, handler, Some(signal))).collect()
        }
        Targets::Any => registration(args, handler, None),
    };
    let evaluated = evaluated::expand(args, handler);
    let (name, allowed) = (container(args, &handler.ident), &handler.allowed);
    let container = quote_spanned!(Span::call_site()=> struct #name);
    quote! {
        #function

        #(#allowed)*
        #container([(); {
            #evaluated
            #registrations
            1
        }]);
    }
}

/// The name of the item that hides the others. It is a struct, as rustc says of a struct alone, and once, that it cannot
/// stand in an `impl`, if the function does. Of a `const _` it would go on about its name and about that of the function.
fn container(args: &Args, function: &Ident) -> Ident {
    let mut name = format!("{}_receives", function.unraw());
    match &args.targets {
        Targets::Signals(signals) => {
            for part in signals.iter().flat_map(|signal| &signal.segments) {
                name.push('_');
                // Without the `$` of `$crate`.
                name.push_str(part.ident.unraw().to_string().trim_start_matches('$'));
            }
        }
        Targets::Any => name.push_str("_any"),
    }
    Ident::new(&name, Span::mixed_site())
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
        // A statement of its own, so that rustc reports a path to something else before it looks for the event.
        quote!({
            let #name: #ty = #reference;
            #new(#path, #name, &const { #here::Handler::#kind(#closure) })
        })
    } else {
        quote_spanned!(at=> #here::Registration::any(#path, #here::AnyHandler::#kind(#closure)))
    };
    let priority = args.priority.map(|priority| quote!(.priority(#priority)));
    let off = args.off.then(|| quote!(.off()));
    let delivery = args.delivery.expand(krate);
    let states: Vec<_> = arguments(args, handler, signal).filter_map(|argument| argument.need()).collect();
    let states = (!states.is_empty()).then(|| quote!(.states(&[#(#states),*])));
    quote! {
        #krate::inventory::submit! {
            #receiver #priority #off #delivery #states
        }
    }
}

/// `|event, context| { values; finish(function(values)) }`
fn closure(args: &Args, handler: &Handler, signal: Option<&Path>) -> TokenStream {
    let krate = &args.krate;
    let event = shown_at(local("event"), handler.ident.span());
    let context = shown_at(local("context"), handler.ident.span());
    let values = arguments(args, handler, signal).map(|argument| argument.value(signal));
    let passed = arguments(args, handler, signal).map(|argument| argument.passed());
    let function = &handler.ident;
    let awaited = handler.is_async.then(|| quote!(.await));
    let call = quote!(#function(#(#passed),*) #awaited);
    let output = match handler.output {
        Output::Nothing => quote!(#call; ::core::result::Result::Ok(())),
        Output::Never => call,
        Output::Value(first, last) => finish(krate, &call, (first, last)),
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

/// `finish((call,).0)`. The call is in a tuple, as a message then underlines `value.0` as wide as the return type: its
/// first token has the place of the type's first token, its last token that of the last one.
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

/// The argument for each parameter. If there are several signals, a wrong type is reported at each signal that has it.
fn arguments<'a>(
    args: &'a Args,
    handler: &'a Handler,
    signal: Option<&Path>,
) -> impl Iterator<Item = Argument<'a>> {
    let at = match &args.targets {
        Targets::Signals(signals) if signals.len() > 1 => signal.map(place_of),
        _ => None,
    };
    handler.parameters.iter().enumerate().map(move |(index, parameter)| Argument {
        krate: &args.krate,
        parameter,
        index,
        at: at.unwrap_or_else(|| parameter.name.span()),
    })
}

/// The last part of a signal's path.
pub(super) fn place_of(signal: &Path) -> Span {
    signal.segments.last().map_or_else(|| signal.span(), |last| last.ident.span())
}
