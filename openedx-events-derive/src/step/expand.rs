//! The code that `#[pipeline_step]` emits.

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Ident, Path};

use super::args::{Args, OnFailure};
use super::handler::Handler;
use super::parameter::{Parameter, Takes};
use crate::function::parameter::generated;
use crate::function::signature::Output;
use crate::function::spelling::By;
use crate::function::state;
use crate::krate::{Krate, local, shown_at};

/// The function as it is, and a registration:
///
/// ```ignore
/// fn members_only(user: &UserData, mode: &mut String) -> Result<(), EnrollmentHalt> { … }
///
/// inventory::submit! {
///     StepRegistration::new(
///         concat!(module_path!(), "::", "members_only"),
///         of_filter(&COURSE_ENROLLMENT_STARTED),
///         &const {
///             SyncStep(|data, context| {
///                 let step = of_data(data);
///                 let value0 = &data.user;
///                 let argument0: &UserData = value0;
///                 let value1 = &mut data.mode;
///                 let place1: &mut String = value1;
///                 let mut argument1 = copy(place1);
///                 let result = finish_step(step, members_only(argument0, &mut argument1));
///                 if result.is_ok() {
///                     *place1 = argument1;
///                 }
///                 result
///             })
///         },
///     )
/// }
/// ```
///
/// The closure gets its types from the filter, so that rustc checks each parameter at its own place.
pub(super) fn expand(args: &Args, filter: &Path, handler: &Handler) -> TokenStream {
    let (function, allowed) = (&handler.tokens, &handler.allowed);
    let registration = registration(args, filter, handler);
    let repeated: TokenStream =
        handler.further.iter().map(|further| repeated(&args.krate, filter, further)).collect();
    let container = container(filter, &handler.ident);
    quote! {
        #function

        #(#allowed)*
        struct #container([(); {
            #repeated
            #registration
            1
        }]);
    }
}

/// The name of the item that hides the others. It is a struct, as rustc says of a struct alone, and once, that it cannot stand in
/// an `impl`, if the function does.
fn container(filter: &Path, function: &Ident) -> Ident {
    let mut name = format!("{}_is_a_step_of", function.unraw());
    for part in &filter.segments {
        name.push('_');
        // Without the `$` of `$crate`.
        name.push_str(part.ident.unraw().to_string().trim_start_matches('$'));
    }
    Ident::new(&name, Span::mixed_site())
}

/// One filter by two paths, which the compiler finds out:
///
/// ```ignore
/// const _: () = require(is_another_filter(of_filter(&PRICE_REQUESTED), of_filter(&shop::PRICE_REQUESTED)), "…");
/// ```
fn repeated(krate: &Krate, filter: &Path, further: &Path) -> TokenStream {
    let at = further.segments.last().map_or_else(|| further.span(), |last| last.ident.span());
    let [filter, further] = [filter, further].map(|filter| named(krate, filter));
    let there = krate.at(at);
    let condition = quote!(#krate::is_another_filter(#filter, #further));
    let message = "the function is a step of this filter already, by another path: remove one of the two";
    let call = quote_spanned!(at=> #there::require(#condition, #message));
    quote!(const _: () = #call;)
}

/// The filter of this path, at its place: rustc reports there a path to something else.
fn named(krate: &Krate, filter: &Path) -> TokenStream {
    let at = filter.span();
    let there = krate.at(at);
    quote_spanned!(at=> #there::of_filter(&#filter))
}

fn registration(args: &Args, filter: &Path, handler: &Handler) -> TokenStream {
    let krate = &args.krate;
    let name = handler.ident.unraw().to_string();
    let path = quote!(::core::concat!(::core::module_path!(), "::", #name));
    let closure = closure(krate, handler);
    let at = handler.ident.span();
    let (here, filter) = (krate.at(at), named(krate, filter));
    let (new, kind) = match handler.asyncness {
        // At `async`: rustc reports there a filter that takes no async steps.
        Some(place) => {
            let there = krate.at(place);
            (quote_spanned!(place=> #there::StepRegistration::new_async), quote!(AsyncStep))
        }
        None => (quote_spanned!(at=> #here::StepRegistration::new), quote!(SyncStep)),
    };
    let priority = args.priority.map(|priority| quote!(.priority(#priority)));
    let pass_over = (args.on_failure == Some(OnFailure::PassOver)).then(|| quote!(.pass_over()));
    let states: Vec<_> =
        handler.parameters.iter().filter_map(|parameter| state_need(krate, parameter)).collect();
    let states = (!states.is_empty()).then(|| quote!(.states(&[#(#states),*])));
    let options = handler.parameters.iter().filter_map(|parameter| options_need(krate, parameter));
    let registration = local("registration");
    quote! {
        #krate::inventory::submit! {
            {
                let #registration = #new(#path, #filter, &const { #here::#kind(#closure) });
                #(#options)*
                #registration #priority #pass_over #states
            }
        }
    }
}

fn state_need(krate: &Krate, parameter: &Parameter) -> Option<TokenStream> {
    let Takes::State(ty) = &parameter.takes else { return None };
    let (conditions, need) = (&parameter.conditions, state::need(krate, ty));
    Some(quote!(#(#conditions)* #need))
}

/// A statement, as a method in a chain cannot be under a condition.
fn options_need(krate: &Krate, parameter: &Parameter) -> Option<TokenStream> {
    let Takes::Options(ty) = &parameter.takes else { return None };
    let (conditions, need, registration) =
        (&parameter.conditions, of_options(krate, ty, "NEED"), local("registration"));
    Some(quote!(#(#conditions)* let #registration = #registration.options(&#need);))
}

/// `<Type as StepOptions>::item`, spelled the same everywhere, so that rustc reports a type that cannot be read once.
fn of_options(krate: &Krate, ty: &TokenStream, item: &str) -> TokenStream {
    let at = ty.span();
    let (krate, item) = (krate.at(at), Ident::new(item, at));
    quote_spanned!(at=> <#ty as #krate::StepOptions>::#item)
}

/// `|data, context| { values; let result = finish_step(step, function(values)); put back; result }`
fn closure(krate: &Krate, handler: &Handler) -> TokenStream {
    let function = &handler.ident;
    let data = shown_at(local("data"), function.span());
    let context = shown_at(local("context"), function.span());
    let arguments: Vec<_> = handler
        .parameters
        .iter()
        .enumerate()
        .map(|(index, parameter)| Argument { krate, parameter, index })
        .collect();
    let values = arguments.iter().map(Argument::value);
    let passed = arguments.iter().map(Argument::passed);
    let awaited = handler.asyncness.map(|_| quote!(.await));
    let call = quote!(#function(#(#passed),*) #awaited);
    let body = match finished(krate, &handler.output, &call) {
        None => quote!({ #(#values)* #call }),
        Some(finished) => {
            let (step, result, put_back) = (local("step"), local("result"), put_back(&arguments));
            // Before the fields are borrowed.
            quote!({
                let #step = #krate::of_data(#data);
                #(#values)*
                #finished
                #put_back
                #result
            })
        }
    };
    let body = if handler.asyncness.is_some() {
        let at = function.span();
        let there = krate.at(at);
        let future = quote_spanned!(at=> async move #body);
        quote_spanned!(at=> #there::boxed_step(#future))
    } else {
        body
    };
    quote!(|#data, #context| #body)
}

/// `let result = finish_step(step, call);`, unless the function never returns.
fn finished(krate: &Krate, output: &Output, call: &TokenStream) -> Option<TokenStream> {
    let (step, result) = (local("step"), local("result"));
    Some(match *output {
        Output::Never => return None,
        Output::Nothing => quote!(#call; let #result = #krate::finish_step(#step, ());),
        Output::Value(first, last) => {
            let output = Ident::new("__openedx_output", first);
            let there = krate.at(first);
            let finish = quote_spanned!(first=> #there::finish_step);
            let (dot, mut zero) = (quote_spanned!(last=> .), Literal::usize_unsuffixed(0));
            zero.set_span(last);
            // The call is in a tuple, as a message then underlines `value.0` as wide as the return type.
            quote!(let #output = (#call,); let #result = #finish(#step, #output #dot #zero);)
        }
    })
}

/// Puts the copies back if the step has ended well.
fn put_back(arguments: &[Argument<'_>]) -> Option<TokenStream> {
    let put_back: Vec<_> = arguments.iter().filter_map(Argument::put_back).collect();
    let result = local("result");
    (!put_back.is_empty()).then(|| {
        quote! {
            if ::core::result::Result::is_ok(&#result) {
                #(#put_back)*
            }
        }
    })
}

/// The argument that is passed to one parameter.
struct Argument<'a> {
    krate: &'a Krate,
    parameter: &'a Parameter,
    index: usize,
}

impl Argument<'_> {
    fn name(&self, what: &str) -> Ident {
        generated(what, self.index, &self.parameter.name)
    }

    /// The value, as the parameter takes it.
    fn value(&self) -> TokenStream {
        let Parameter { name, ty, conditions, takes, .. } = self.parameter;
        let (at, krate) = (name.span(), self.krate);
        let (data, context) = (local("data"), local("context"));
        let (value, argument) = (self.name("value"), self.name("argument"));
        match takes {
            // The place stands once, or rustc would report a wrong name twice; with its type, or it would report a wrong type again
            // where the copy is put back.
            Takes::Change(field) => {
                let (place, there) = (self.name("place"), krate.at(at));
                let borrowed = quote_spanned!(at=> &mut #data.#field);
                let copy = quote_spanned!(at=> #there::copy(#place));
                quote! {
                    #(#conditions)*
                    let #value = #borrowed;
                    #(#conditions)*
                    let #place: #ty = #value;
                    #(#conditions)*
                    let mut #argument = #copy;
                }
            }
            Takes::Field(field) => {
                let borrowed = quote_spanned!(at=> &#data.#field);
                let taken = self.taken(&value);
                quote! {
                    #(#conditions)*
                    let #value = #borrowed;
                    #(#conditions)*
                    let #argument: #ty = #taken;
                }
            }
            Takes::State(of_state) => {
                let found = state::find(krate, of_state);
                quote! {
                    #(#conditions)*
                    let #value = #found;
                    #(#conditions)*
                    let #argument: #ty = &*#value;
                }
            }
            Takes::Options(of_options) => {
                let of = self::of_options(krate, of_options, "of");
                quote! {
                    #(#conditions)*
                    let #argument: #ty = #of(#context)?;
                }
            }
        }
    }

    fn taken(&self, value: &Ident) -> TokenStream {
        let at = self.parameter.name.span();
        let krate = self.krate.at(at);
        match self.parameter.by {
            By::Reference => value.to_token_stream(),
            By::Option => quote_spanned!(at=> { use #krate::TakeField as _; #value.take_option() }),
            By::Value => quote_spanned!(at=> { use #krate::TakeField as _; #value.take_field() }),
        }
    }

    /// The expression in the call.
    fn passed(&self) -> TokenStream {
        let (conditions, argument) = (&self.parameter.conditions, self.name("argument"));
        let passed = match self.parameter.takes {
            Takes::Change(_) => quote_spanned!(self.parameter.name.span()=> &mut #argument),
            _ => argument.to_token_stream(),
        };
        quote!(#(#conditions)* #passed)
    }

    /// What becomes of the copy when the step has ended well.
    fn put_back(&self) -> Option<TokenStream> {
        let Takes::Change(_) = self.parameter.takes else { return None };
        let (conditions, place, argument) =
            (&self.parameter.conditions, self.name("place"), self.name("argument"));
        Some(quote!(#(#conditions)* { *#place = #argument; }))
    }
}
