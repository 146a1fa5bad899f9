//! The argument that is passed to one parameter of a receiver.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, Path};

use super::parameter::{By, Parameter, Takes};
use crate::krate::{Krate, local};

/// One argument of the call.
pub(super) struct Argument<'a> {
    pub(super) krate: &'a Krate,
    pub(super) parameter: &'a Parameter,
    pub(super) index: usize,
    /// Where a wrong type is reported: at the parameter, or, if there are several signals, at the one that has it.
    pub(super) at: Span,
}

impl Argument<'_> {
    /// The value as it is, then converted to the parameter's type:
    ///
    /// ```ignore
    /// let value0 = &event.enrollment;                  // an unknown field is reported at the parameter
    /// let argument0: &CourseEnrollmentData = value0;   // a wrong type is reported there, or at the signal
    /// ```
    pub(super) fn value(&self, signal: Option<&Path>) -> TokenStream {
        let (ty, conditions) = (&self.parameter.ty, &self.parameter.conditions);
        let value = self.name("value");
        let argument = self.name("argument");
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
                // The borrow has the place of the name too, so that a message underlines the name alone.
                quote_spanned!(at=> &#event.#name)
            }
        }
    }

    fn taken(&self) -> TokenStream {
        let mut value = self.name("value");
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

    /// The expression in the call.
    pub(super) fn passed(&self) -> TokenStream {
        let (conditions, argument) = (&self.parameter.conditions, self.name("argument"));
        quote!(#(#conditions)* #argument)
    }

    /// What `check` looks for.
    pub(super) fn need(&self) -> Option<TokenStream> {
        let Takes::State(ty) = &self.parameter.takes else { return None };
        let (conditions, as_state) = (&self.parameter.conditions, as_state(self.krate, ty));
        Some(quote!(#(#conditions)* #as_state::NEED))
    }

    /// A name of generated code, at the parameter.
    fn name(&self, name: &str) -> Ident {
        let at = self.parameter.name.span();
        let at = match &self.parameter.takes {
            // Resolved in the expansion: otherwise rustc suggests converting or borrowing the parameter's name, as if it
            // were a value.
            Takes::FromEventBus | Takes::Field { by: By::Value, .. } => at.resolved_at(Span::mixed_site()),
            // Resolved in the user's code, so that messages do not mention an expansion.
            _ => at,
        };
        Ident::new(&format!("__openedx_{name}{}", self.index), at)
    }
}

/// `<Type as State>`, spelled the same everywhere, so that rustc reports a type that cannot be state once.
fn as_state(krate: &Krate, ty: &TokenStream) -> TokenStream {
    let krate = krate.at(ty.span());
    quote_spanned!(ty.span()=> <#ty as #krate::State>)
}

/// `&SIGNAL`, at the signal.
pub(super) fn reference_to(signal: &Path) -> TokenStream {
    quote_spanned!(signal.span()=> &#signal)
}
