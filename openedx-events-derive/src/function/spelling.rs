//! How the type of a parameter is spelled. It is all that a macro knows of a type.

use proc_macro2::TokenStream;
use quote::ToTokens as _;
use syn::{GenericArgument, Ident, Path, PathArguments, Type, TypeParamBound, TypeReference};

use crate::record::peel;

/// How the type takes its value.
#[derive(Clone, Copy)]
pub(crate) enum By {
    /// `&T`
    Reference,
    /// `Option<&T>`: the conversion has to be chosen before types are known.
    Option,
    /// Any other type. It may be an alias of a reference.
    Value,
}

/// A type, read.
pub(crate) struct Spelling<'a> {
    pub(crate) by: By,
    /// `T` of `&T` and of `Option<&T>`, or else the type itself.
    pub(crate) value: &'a Type,
}

impl<'a> Spelling<'a> {
    pub(crate) fn of(ty: &'a Type) -> Self {
        match peel(ty) {
            Type::Reference(reference) => Self { by: By::Reference, value: &reference.elem },
            ty => match option_of_reference(ty) {
                Some(reference) => Self { by: By::Option, value: &reference.elem },
                None => Self { by: By::Value, value: ty },
            },
        }
    }
}

/// The last part of the path of a type, or of the first trait of a trait object.
pub(crate) fn name_of(ty: &Type) -> Option<&Ident> {
    let path: &Path = match ty {
        Type::Path(path) => &path.path,
        Type::TraitObject(object) => object.bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) => Some(&bound.path),
            _ => None,
        })?,
        _ => return None,
    };
    path.segments.last().map(|last| &last.ident)
}

/// Whether the type is spelled `&mut T`.
pub(crate) fn is_mutable(ty: &Type) -> bool {
    matches!(peel(ty), Type::Reference(reference) if reference.mutability.is_some())
}

/// The reference in a type that is spelled `&T` or `Option<&T>`.
pub(crate) fn reference(ty: &Type) -> Option<&TypeReference> {
    match peel(ty) {
        Type::Reference(reference) => Some(reference),
        ty => option_of_reference(ty),
    }
}

/// `&T`, if the type is spelled `Option<&T>`.
fn option_of_reference(ty: &Type) -> Option<&TypeReference> {
    match peel(generic_arguments(ty, "Option")?.next()?) {
        Type::Reference(reference) => Some(reference),
        _ => None,
    }
}

/// `Box<dyn Error>`, if the type is spelled `Result<(), Box<dyn Error>>`, without `Send` and `Sync`.
pub(crate) fn boxed_error(ty: &Type) -> Option<&Type> {
    let error = generic_arguments(peel(ty), "Result")?.nth(1)?;
    let Type::TraitObject(object) = peel(generic_arguments(peel(error), "Box")?.next()?) else { return None };
    let has = |name: &str| {
        object.bounds.iter().any(|bound| match bound {
            TypeParamBound::Trait(bound) => bound.path.segments.last().is_some_and(|last| last.ident == name),
            _ => false,
        })
    };
    (has("Error") && !(has("Send") && has("Sync"))).then_some(error)
}

/// The types `T`, if the type is spelled `Name<T, …>`.
fn generic_arguments<'a>(ty: &'a Type, name: &str) -> Option<impl Iterator<Item = &'a Type> + use<'a>> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    Some(arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }))
}

/// Whether two types are spelled the same.
pub(crate) fn same(a: &TokenStream, b: &TokenStream) -> bool {
    a.to_string() == b.to_string()
}

/// Whether a state of this type is known to have no size.
pub(crate) fn is_unsized(ty: &Type) -> bool {
    match peel(ty) {
        Type::TraitObject(_) | Type::Slice(_) => true,
        Type::Path(path) => path.path.is_ident("str"),
        _ => false,
    }
}

/// The type for messages, on one line.
pub(crate) fn shown(ty: &Type) -> String {
    let text = ty.to_token_stream().to_string();
    let joined = [" :: ", " <", "< ", " >", " ,", "& ", "( ", " )"]
        .iter()
        .fold(text, |text, spaced| text.replace(spaced, spaced.trim()));
    joined.replace("' ", "'")
}
