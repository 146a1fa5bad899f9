//! Types that cannot be those of a field, where that can be seen from how they are written. rustc reports all others
//! through `EventField`, which knows no remedy for each.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{GenericArgument, Lifetime, PathArguments, PathSegment, Type, TypePath};

use super::peel;
use crate::ctxt::Ctxt;

/// Types of the standard library that hold a value for others. A `Box` is not among them, as `EventField` can be
/// implemented for the box of a type of one's own; only boxes of texts and slices are refused.
const HOLDERS: [&str; 15] = [
    "Rc",
    "Arc",
    "Weak",
    "Pin",
    "Cow",
    "Cell",
    "RefCell",
    "OnceCell",
    "LazyCell",
    "Mutex",
    "RwLock",
    "OnceLock",
    "LazyLock",
    "ManuallyDrop",
    "MaybeUninit",
];

/// Lists of the standard library that are not fields.
const LISTS: [&str; 5] = ["HashSet", "BTreeSet", "VecDeque", "LinkedList", "BinaryHeap"];

/// Field types that hold others.
const CONTAINERS: [&str; 5] = ["Option", "Vec", "Map", "BTreeMap", "HashMap"];

/// Refuses a type that cannot be that of a field, at the part of it that is wrong.
pub(super) fn check(ctxt: &Ctxt, ty: &Type) {
    match peel(ty) {
        Type::Reference(reference) => {
            let remedy = owned(&reference.elem);
            ctxt.error(ty, format_args!("an event owns its data, as it outlives the sender's: {remedy}"));
        }
        Type::Array(array) => {
            let remedy = list_of(&array.elem);
            ctxt.error(
                ty,
                format_args!("an array cannot be in an event, as Avro's lists have any length: {remedy}"),
            );
        }
        Type::Tuple(tuple) if tuple.elems.is_empty() => {
            ctxt.error(ty, "`()` cannot be in an event, as it holds nothing: remove the field");
        }
        Type::Tuple(_) => {
            ctxt.error(
                ty,
                "a tuple cannot be in an event, as its values have no names: declare a struct with named fields that \
                 derives `EventData`",
            );
        }
        Type::Ptr(_) => ctxt.error(ty, "a pointer cannot be in an event: hold the value itself"),
        Type::FnPtr(_) => ctxt.error(ty, "a function cannot be in an event: hold data"),
        Type::Path(path) => check_path(ctxt, path),
        _ => {}
    }
}

fn check_path(ctxt: &Ctxt, path: &TypePath) {
    let Some(last) = path.path.segments.last().filter(|_| path.qself.is_none()) else { return };
    let name = last.ident.to_string();
    let arguments = arguments(last);
    if arguments.is_empty() {
        if let Some(remedy) = primitive(&name).filter(|_| path.path.segments.len() == 1) {
            ctxt.error(path, format_args!("`{name}` cannot be in an event, {remedy}"));
        }
    } else if HOLDERS.contains(&name.as_str())
        || (name == "Box" && arguments.first().is_some_and(|ty| is_unsized(ty)))
    {
        let remedy = arguments.last().map(|inner| owned(inner)).unwrap_or_default();
        ctxt.error(path, format_args!("`{name}` cannot be in an event: {remedy}"));
    } else if LISTS.contains(&name.as_str()) {
        let remedy = arguments.first().map(|inner| list_of(inner)).unwrap_or_default();
        ctxt.error(path, format_args!("`{name}` cannot be in an event, whose lists are `Vec`: {remedy}"));
    } else if CONTAINERS.contains(&name.as_str()) && !is_bytes(last) {
        let inner = if name == "Option" || name == "Vec" { arguments.first() } else { arguments.get(1) };
        if let Some(inner) = inner {
            check(ctxt, inner);
        }
    }
}

fn primitive(name: &str) -> Option<&'static str> {
    Some(match name {
        "u8" => "as Avro has no bytes by themselves: write `i16`, or `Vec<u8>` for bytes",
        "u64" | "usize" => "as Avro has no unsigned 64-bit integer: write `i64`, or `u32` if the number fits",
        "isize" => "as its size depends on the machine: write `i64`",
        "i128" | "u128" => "as Avro's integers have 64 bits: write `i64`, or `String` for larger numbers",
        "char" => "as Avro has no characters: write `String`",
        "str" => "as it has no size: write `String`",
        _ => return None,
    })
}

/// What to write for a reference to this type, or for something that holds it.
fn owned(ty: &Type) -> String {
    match peel(ty) {
        Type::Slice(slice) => list_of(&slice.elem),
        Type::Path(path) if path.path.is_ident("str") => "write `String`".to_owned(),
        inner => match shown(inner, false) {
            Some(inner) => format!("hold the value itself, `{inner}`"),
            None => "hold the value itself".to_owned(),
        },
    }
}

fn list_of(item: &Type) -> String {
    shown(item, true).map_or_else(|| "write `Vec<T>`".to_owned(), |item| format!("write `Vec<{item}>`"))
}

/// A type as users write it; `None` for one that is not a path, or that cannot be in an event either. The item of a list
/// may be a byte.
fn shown(ty: &Type, is_item: bool) -> Option<String> {
    let Type::Path(path) = peel(ty) else { return None };
    if is_refused(ty) && !(is_item && path.path.is_ident("u8")) {
        return None;
    }
    let spaced = path.to_token_stream().to_string();
    let tight = [(" < ", "<"), (" >", ">"), (" ,", ","), (" :: ", "::")];
    Some(tight.iter().fold(spaced, |text, (from, to)| text.replace(from, to)))
}

fn arguments(segment: &PathSegment) -> Vec<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return Vec::new() };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

fn is_unsized(ty: &Type) -> bool {
    match peel(ty) {
        Type::Slice(_) => true,
        Type::Path(path) => path.path.is_ident("str"),
        _ => false,
    }
}

fn is_bytes(segment: &PathSegment) -> bool {
    let is_byte = |ty: &&Type| matches!(peel(ty), Type::Path(path) if path.path.is_ident("u8"));
    segment.ident == "Vec" && arguments(segment).first().is_some_and(is_byte)
}

/// Whether the type is the record itself, alone or as an `Option`: it is then infinite, which rustc reports.
pub(super) fn is_infinite(ty: &Type, owner: &Ident) -> bool {
    let Type::Path(path) = peel(ty) else { return false };
    if path.path.is_ident(owner) || path.path.is_ident("Self") {
        return true;
    }
    let last = path.path.segments.last().filter(|last| last.ident == "Option");
    last.is_some_and(|last| arguments(last).first().is_some_and(|inner| is_infinite(inner, owner)))
}

/// Holders that are not `Send` or not `Sync`.
const OF_ONE_THREAD: [&str; 6] = ["Rc", "Weak", "Cell", "RefCell", "OnceCell", "LazyCell"];

/// Makes a refused type one that rustc does not report once more: references get a lifetime, and what cannot go to
/// other threads is replaced by what it holds.
pub(crate) fn mend(ty: &mut Type) {
    match ty {
        Type::Group(group) => mend(&mut group.elem),
        Type::Paren(paren) => mend(&mut paren.elem),
        Type::Reference(reference) => {
            let at = reference.and_token.spans[0];
            reference.lifetime.get_or_insert_with(|| Lifetime::new("'static", at));
            mend(&mut reference.elem);
        }
        Type::Array(array) => mend(&mut array.elem),
        Type::Slice(slice) => mend(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(mend),
        Type::Path(path) => {
            let held =
                path.path.segments.last().filter(|last| OF_ONE_THREAD.iter().any(|name| last.ident == name));
            if let Some(held) = held.and_then(|last| arguments(last).first().copied().cloned()) {
                *ty = held;
                return mend(ty);
            }
            for segment in &mut path.path.segments {
                let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { continue };
                for argument in &mut arguments.args {
                    if let GenericArgument::Type(ty) = argument {
                        mend(ty);
                    }
                }
            }
        }
        _ => {}
    }
}

/// Whether [`check`] refuses the type.
pub(super) fn is_refused(ty: &Type) -> bool {
    let probe = Ctxt::default();
    check(&probe, ty);
    probe.has_errors()
}
