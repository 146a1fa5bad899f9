//! The argument that is passed to one parameter of a receiver.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Ident, Path};

use super::looks::Looks;
use super::parameter::{Field, Parameter, Takes};
use crate::function::spelling::By;
use crate::function::{ends, parameter, state};
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
    /// let event0 = <CourseEnrollmentData as FieldParameter<_>>::event(event);  // a type that no field has is reported at the type
    /// let value0 = &event0.enrollment;                 // an unknown field is reported at the parameter
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
            Takes::State(ty) => state::find(self.krate, ty),
            Takes::Field(field) => {
                let (event, name) = (self.event_with(field), &field.name);
                // The borrow has the place of the name too, so that a message underlines the name alone.
                quote_spanned!(at=> &#event.#name)
            }
        }
    }

    fn taken(&self) -> TokenStream {
        let mut value = self.name("value");
        let at = value.span().located_at(self.at);
        value.set_span(at);
        let (krate, ty) = (self.krate.at(at), &self.parameter.ty);
        match (&self.parameter.takes, self.parameter.by) {
            (Takes::State(_), _) => quote_spanned!(at=> &*#value),
            (Takes::FromEventBus, _) => quote_spanned!(at=> #krate::flag::<#ty>(#value)),
            (_, By::Reference) => value.to_token_stream(),
            (Takes::Field(_), By::Option) => {
                quote_spanned!(at=> { use #krate::TakeField as _; #value.take_option() })
            }
            (Takes::Field(_), By::Value) => {
                quote_spanned!(at=> { use #krate::TakeField as _; #value.take_field() })
            }
            _ => quote_spanned!(at=> #krate::lent::<_, #ty>(#value)),
        }
    }

    /// `<Type as FieldParameter<_>>::event(event)`, at the type.
    fn event_with(&self, field: &Field) -> TokenStream {
        let event = local("event");
        let ty = &field.value;
        let (at, end) = ends(ty);
        let parameter = match field.looks {
            // What a trait object stands for is not known.
            Looks::Dyn => return event.to_token_stream(),
            Looks::Other => "FieldParameter",
            Looks::Metadata => "MetadataParameter",
            Looks::Event => "EventParameter",
            Looks::Signal => "SignalParameter",
            Looks::Context => "ContextParameter",
        };
        let (krate, parameter) = (self.krate.at(end), Ident::new(parameter, end));
        // From the type's first token to its last, so that rustc reports the type once, whether it asks about the type or
        // about the path.
        let path = quote_spanned!(end=> #ty as #krate::#parameter<_>>::event);
        let path = quote_spanned!(at=> <#path);
        quote_spanned!(end=> #path(#event))
    }

    /// The expression in the call.
    pub(super) fn passed(&self) -> TokenStream {
        let (conditions, argument) = (&self.parameter.conditions, self.name("argument"));
        quote!(#(#conditions)* #argument)
    }

    /// What `check` looks for.
    pub(super) fn need(&self) -> Option<TokenStream> {
        let Takes::State(ty) = &self.parameter.takes else { return None };
        let (conditions, need) = (&self.parameter.conditions, state::need(self.krate, ty));
        Some(quote!(#(#conditions)* #need))
    }

    /// A name of generated code, at the parameter.
    fn name(&self, name: &str) -> Ident {
        parameter::generated(name, self.index, &self.parameter.name)
    }
}

/// `&SIGNAL`, at the signal.
pub(super) fn reference_to(signal: &Path) -> TokenStream {
    quote_spanned!(signal.span()=> &#signal)
}
