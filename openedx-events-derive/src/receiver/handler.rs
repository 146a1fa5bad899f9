//! The function that `#[receiver]` stands on: its signature is read, its body stays tokens.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{
    Attribute, FnArg, GenericArgument, GenericParam, Ident, Pat, PatType, PathArguments, ReturnType, Safety,
    Signature, Type, Visibility,
};

use super::args::Targets;
use crate::ctxt::Ctxt;
use crate::record::peel;

/// The function.
pub(super) struct Handler {
    pub(super) ident: Ident,
    pub(super) is_async: bool,
    pub(super) parameters: Vec<Parameter>,
    /// Where the return type stands, or the name if there is none.
    pub(super) output: Span,
    /// The function as the user wrote it, without our attributes on its parameters.
    pub(super) tokens: TokenStream,
}

/// One parameter: what it takes, and how its type takes it.
pub(super) struct Parameter {
    pub(super) takes: Takes,
    pub(super) ty: Type,
}

pub(super) enum Takes {
    Event,
    Metadata,
    Signal,
    FromEventBus,
    /// A state of this type.
    State(Box<Type>),
    Field {
        name: Ident,
        by: By,
    },
}

pub(super) enum By {
    Reference,
    Option,
    Value,
}

struct Function {
    attrs: Vec<Attribute>,
    vis: Visibility,
    signature: Signature,
    body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Ok(Self {
            attrs: input.call(Attribute::parse_outer)?,
            vis: input.parse()?,
            signature: input.parse()?,
            body: input.parse()?,
        })
    }
}

impl Handler {
    pub(super) fn read(ctxt: &Ctxt, item: TokenStream, targets: &Targets) -> syn::Result<Self> {
        let mut function: Function = syn::parse2(item).map_err(|error| {
            syn::Error::new(error.span(), "`#[receiver]` stands on a function: `fn name(…) { … }`")
        })?;
        check_signature(ctxt, &function.signature);
        let inputs = &mut function.signature.inputs;
        let parameters =
            inputs.iter_mut().filter_map(|input| Parameter::read(ctxt, input, targets)).collect();
        let Function { attrs, vis, signature, body } = function;
        Ok(Self {
            output: output_span(&signature),
            is_async: signature.asyncness.is_some(),
            ident: signature.ident.clone(),
            parameters,
            tokens: quote!(#(#attrs)* #vis #signature #body),
        })
    }
}

fn output_span(signature: &Signature) -> Span {
    match &signature.output {
        ReturnType::Type(_, ty) => syn::spanned::Spanned::span(ty),
        ReturnType::Default => signature.ident.span(),
    }
}

fn check_signature(ctxt: &Ctxt, signature: &Signature) {
    if let Some(token) = &signature.constness {
        ctxt.error(token, "a receiver runs when an event is sent: take `const` away");
    }
    if let Safety::Unsafe(token) = &signature.safety {
        ctxt.error(
            token,
            "a receiver is called by safe code: take `unsafe` away, and use it in a block inside",
        );
    }
    if let Some(abi) = &signature.abi {
        ctxt.error(abi, "a receiver is called from Rust: take `extern` away");
    }
    if let Some(variadic) = &signature.variadic {
        ctxt.error(variadic, "a receiver takes parameters by their names");
    }
    for param in &signature.generics.params {
        if !matches!(param, GenericParam::Lifetime(_)) {
            ctxt.error(param, "a receiver is one function: take the parameter away and name its type");
        }
    }
}

impl Parameter {
    fn read(ctxt: &Ctxt, input: &mut FnArg, targets: &Targets) -> Option<Self> {
        match input {
            FnArg::Receiver(this) => {
                ctxt.error(
                    this,
                    "a receiver has no `self`: move it out of the `impl`, and take what it needs as \
                     `#[state] name: &Type`",
                );
                None
            }
            FnArg::Typed(parameter) => Self::read_typed(ctxt, parameter, targets),
        }
    }

    fn read_typed(ctxt: &Ctxt, parameter: &mut PatType, targets: &Targets) -> Option<Self> {
        let is_state = take_state_attribute(ctxt, &mut parameter.attrs);
        let name = name_of(ctxt, &parameter.pat)?;
        let ty = (*parameter.ty).clone();
        let takes = if is_state { state(ctxt, &ty)? } else { takes(ctxt, &name, &ty, targets)? };
        Some(Self { takes, ty })
    }
}

/// Whether `#[state]` is among the attributes; takes it away, as it is ours alone.
fn take_state_attribute(ctxt: &Ctxt, attributes: &mut Vec<Attribute>) -> bool {
    let (ours, others): (Vec<_>, Vec<_>) =
        attributes.drain(..).partition(|attribute| attribute.path().is_ident("state"));
    *attributes = others;
    for attribute in &ours {
        if attribute.meta.require_path_only().is_err() {
            ctxt.error(
                attribute,
                "`#[state]` takes no arguments: the parameter's type says which state it is",
            );
        }
    }
    if let [_, again, ..] = ours.as_slice() {
        ctxt.error(again, "`state` is given twice");
    }
    !ours.is_empty()
}

fn name_of(ctxt: &Ctxt, pattern: &Pat) -> Option<Ident> {
    if let Pat::Ident(pattern) = pattern
        && pattern.by_ref.is_none()
        && pattern.subpat.is_none()
    {
        return Some(pattern.ident.clone());
    }
    ctxt.error(
        pattern,
        "a parameter is a plain name, as it is what the field is looked up by: take the whole field and part it inside",
    );
    None
}

fn state(ctxt: &Ctxt, ty: &Type) -> Option<Takes> {
    match peel(ty) {
        Type::Reference(reference) if reference.mutability.is_none() => {
            Some(Takes::State(reference.elem.clone()))
        }
        Type::Reference(_) => refuse_mut(ctxt, ty),
        _ => {
            let shown = ty.to_token_stream();
            ctxt.error(ty, format_args!("a state is shared by all receivers: take a reference, `&{shown}`"));
            None
        }
    }
}

fn refuse_mut<T>(ctxt: &Ctxt, ty: &Type) -> Option<T> {
    ctxt.error(
        ty,
        "an event is shared by all its receivers: take `&T`, and clone what you change; a state that changes goes \
         behind a `Mutex` or an atomic",
    );
    None
}

/// What a parameter takes by its name. One leading underscore does not count: rustc suggests it for unused ones.
fn takes(ctxt: &Ctxt, name: &Ident, ty: &Type, targets: &Targets) -> Option<Takes> {
    let text = name.unraw().to_string();
    let text = text.strip_prefix('_').filter(|rest| !rest.is_empty()).unwrap_or(&text);
    match text {
        "event" => return Some(Takes::Event),
        "metadata" => return Some(Takes::Metadata),
        "signal" => return Some(Takes::Signal),
        "from_event_bus" => return Some(Takes::FromEventBus),
        _ => {}
    }
    if matches!(targets, Targets::Any) {
        ctxt.error(
            name,
            format_args!(
                "a receiver of any event has no field `{text}` to take: take `event: &dyn AnyEvent`, or listen to the \
                 signals that have the field"
            ),
        );
        return None;
    }
    let by = match peel(ty) {
        Type::Reference(reference) if reference.mutability.is_some() => return refuse_mut(ctxt, ty),
        Type::Reference(_) => By::Reference,
        Type::ImplTrait(_) => {
            ctxt.error(ty, "a receiver is one function: name the type, such as that of the field");
            return None;
        }
        ty if is_option_of_reference(ty) => By::Option,
        _ => By::Value,
    };
    Some(Takes::Field { name: field_name(text, name), by })
}

/// The field's name at the parameter's place, so that rustc points there if there is no such field.
fn field_name(text: &str, parameter: &Ident) -> Ident {
    let is_raw = parameter.to_string().starts_with("r#") || syn::parse_str::<Ident>(text).is_err();
    if is_raw { Ident::new_raw(text, parameter.span()) } else { Ident::new(text, parameter.span()) }
}

/// `Option<&T>`, by its spelling: which function converts the field cannot wait for the types.
fn is_option_of_reference(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    let Some(last) = path.path.segments.last() else { return false };
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
    last.ident == "Option"
        && matches!(arguments.args.first(), Some(GenericArgument::Type(ty)) if matches!(peel(ty), Type::Reference(_)))
}
