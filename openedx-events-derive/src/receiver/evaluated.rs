//! Checks that need the signals themselves, which the compiler evaluates: [`expand`].

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, Path};

use super::args::{Args, Targets};
use super::argument::reference_to;
use super::expand::place_of;
use super::handler::Handler;
use crate::krate::{Krate, local};

/// ```ignore
/// const _: () = require(is_another(event_of(&ORDER_PLACED), event_of(&shop::ORDER_PLACED)), "…");
/// ```
pub(super) fn expand(args: &Args, handler: &Handler) -> TokenStream {
    let Targets::Signals(signals) = &args.targets else { return TokenStream::new() };
    let repeated = repeated(&args.krate, signals, &handler.further);
    let without_effect = without_effect(args, signals);
    quote!(#repeated #without_effect)
}

/// One signal by two paths, in this attribute or in two of them.
fn repeated(krate: &Krate, signals: &[Path], further: &[Path]) -> TokenStream {
    let all: Vec<_> = signals.iter().chain(further).collect();
    let pairs = all.iter().enumerate().flat_map(|(index, signal)| {
        // Those of a further attribute compare themselves.
        all[..index.min(signals.len())].iter().map(move |before| (*before, *signal))
    });
    let check = |(before, signal): (&Path, &Path)| {
        let at = place_of(signal);
        let [before, signal] = [before, signal].map(|signal| of_signal(krate, "event_of", signal));
        let condition = quote!(#krate::is_another(#before, #signal));
        let message = "the receiver listens to this signal already, by another path: remove one of the two";
        require(krate, at, &condition, message)
    };
    pairs.map(check).collect()
}

/// Arguments for the event bus, of a receiver whose signals are all in process only.
fn without_effect(args: &Args, signals: &[Path]) -> Option<TokenStream> {
    let given = args.delivery.given();
    let at = given.first()?.span();
    let on_bus = signals.iter().map(|signal| of_signal(&args.krate, "is_for_the_bus", signal));
    let condition = quote!(false #(|| #on_bus)*);
    Some(require(&args.krate, at, &condition, &message_without_effect(given)))
}

fn message_without_effect(given: &[Ident]) -> String {
    let names: Vec<_> = given.iter().map(|name| format!("`{name}`")).collect();
    let (names, have) = match names.as_slice() {
        [] => return String::new(),
        [name] => (name.clone(), "has"),
        [names @ .., last] => (format!("{} and {last}", names.join(", ")), "have"),
    };
    format!(
        "{names} {have} no effect: the event is declared `in_process`, and never comes from the event bus; remove what \
         is for the bus"
    )
}

/// `function(&SIGNAL)`. A statement of its own, as in the registration, so that rustc reports a wrong path once.
fn of_signal(krate: &Krate, function: &str, signal: &Path) -> TokenStream {
    let at = signal.span();
    let (there, reference, name) = (krate.at(at), reference_to(signal), local("signal"));
    let ty = quote_spanned!(at=> &#there::Signal<_>);
    let function = Ident::new(function, Span::call_site());
    quote!({
        let #name: #ty = #reference;
        #krate::#function(#name)
    })
}

/// An item that does not compile unless the condition holds. The message stands at the place of the call.
fn require(krate: &Krate, at: Span, condition: &TokenStream, message: &str) -> TokenStream {
    let there = krate.at(at);
    let call = quote_spanned!(at=> #there::require(#condition, #message));
    quote!(const _: () = #call;)
}
