//! The attributes of a registered function and of its parameters: those that are ours, those that are mistakes, and those that
//! hold for generated code too.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, Meta, Path, Token, parse_quote};

use super::Role;
use crate::ctxt::Ctxt;

/// An attribute of ours on a parameter.
#[derive(Clone, Copy)]
pub(crate) struct Marker {
    name: &'static str,
    /// What the function has instead of it.
    parameter: &'static str,
    no_arguments: &'static str,
}

impl Marker {
    /// A value that `provide` was called with.
    pub(crate) const STATE: Self = Self {
        name: "state",
        parameter: "#[state] database: &Database",
        no_arguments: "the state is found by the parameter's type",
    };

    /// What the settings say.
    pub(crate) const OPTIONS: Self = Self {
        name: "options",
        parameter: "#[options] options: &Options",
        no_arguments: "the options are read into the parameter's type",
    };
}

/// Refuses attributes that no function with this role can have. Returns what the user allows in the function, for the code that
/// repeats its signature and calls it.
pub(crate) fn read(ctxt: &Ctxt, attributes: &[Attribute], role: &Role) -> Vec<TokenStream> {
    let mut all = Vec::new();
    for attribute in attributes {
        for_each(&attribute.meta, None, &mut |meta, condition| {
            refuse(ctxt, meta, role);
            all.extend(allowed(meta, condition));
        });
    }
    all
}

/// Whether an attribute of the function is for others. The compiler would report ours again, which are refused here.
pub(crate) fn is_foreign(attribute: &Attribute) -> bool {
    ![Marker::STATE, Marker::OPTIONS].iter().any(|marker| attribute.path().is_ident(marker.name))
}

/// Calls `each` with an attribute, or with those inside a `cfg_attr` and the condition under which they are there.
pub(crate) fn for_each(
    meta: &Meta,
    condition: Option<&TokenStream>,
    each: &mut impl FnMut(&Meta, Option<&TokenStream>),
) {
    let Some((inner, attributes)) = conditional(meta) else { return each(meta, condition) };
    let both = condition.map_or_else(|| quote!(#inner), |outer| quote!(all(#outer, #inner)));
    for meta in &attributes {
        for_each(meta, Some(&both), each);
    }
}

/// The condition and the attributes of a `cfg_attr`.
fn conditional(meta: &Meta) -> Option<(Meta, Vec<Meta>)> {
    if !meta.path().is_ident("cfg_attr") {
        return None;
    }
    let list = meta.require_list().ok()?;
    let mut metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?.into_iter();
    Some((metas.next()?, metas.collect()))
}

/// Refuses attributes that no such function can have.
fn refuse(ctxt: &Ctxt, meta: &Meta, role: &Role) {
    let path = meta.path();
    for Marker { name, parameter, .. } in role.markers {
        if path.is_ident(name) {
            ctxt.error(
                path,
                format_args!("`#[{name}]` belongs to a parameter: write `fn name({parameter})`"),
            );
        }
    }
    if is_named(path, "main") {
        ctxt.error(path, format_args!("{}: remove `#[{}]`", role.runtime, shown(path)));
    } else if is_named(path, "test") {
        let Role { call, in_test, .. } = role;
        ctxt.error(
            path,
            format_args!("{call}, and is not a test: remove `#[{}]`, and {in_test} in a test", shown(path)),
        );
    }
}

/// Refuses a body that an attribute above has wrapped into a runtime: `#[tokio::main]` is applied before ours, and leaves
/// nothing else behind.
pub(super) fn refuse_runtime(ctxt: &Ctxt, name: &Ident, body: &TokenStream, role: &Role) {
    if starts_runtime(body.clone()) {
        ctxt.error(
            name,
            format_args!(
                "{}, and an attribute above starts another one: remove it, as in `#[tokio::main]`",
                role.runtime
            ),
        );
    }
}

/// Whether there is a call of `block_on` that the user did not write: its place shows other text.
fn starts_runtime(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => {
            ident == "block_on" && ident.span().source_text().is_some_and(|text| text != "block_on")
        }
        TokenTree::Group(group) => starts_runtime(group.stream()),
        _ => false,
    })
}

/// `#[allow(lints)]` for both `allow` and `expect`: an expectation is fulfilled in the function, and not a second time.
/// A deprecated function still runs, and is called by generated code alone.
fn allowed(meta: &Meta, condition: Option<&TokenStream>) -> Option<TokenStream> {
    let path = meta.path();
    let allow = if path.is_ident("allow") || path.is_ident("expect") {
        let lints = &meta.require_list().ok()?.tokens;
        quote!(allow(#lints))
    } else if path.is_ident("deprecated") {
        quote!(allow(deprecated))
    } else {
        return None;
    };
    let conditional = condition.map(|condition| quote!(#[cfg_attr(#condition, #allow)]));
    Some(conditional.unwrap_or_else(|| quote!(#[#allow])))
}

/// Removes a marker from the attributes of a parameter, as the compiler does not know it, and returns whether it was
/// there. What takes its place has no effect, but says it to a further attribute of ours.
pub(crate) fn take(ctxt: &Ctxt, attributes: &mut Vec<Attribute>, marker: Marker) -> bool {
    let Marker { name, no_arguments, .. } = marker;
    let mut given = Vec::new();
    let mut is_passed_on = false;
    let mut others = Vec::new();
    for attribute in attributes.drain(..) {
        if is_left_by_us(&attribute.meta, name) {
            is_passed_on = true;
        } else if attribute.path().is_ident(name) {
            given.push(attribute.meta);
        } else if let Some((condition, rest)) = without(&attribute.meta, name, &mut given) {
            if !rest.is_empty() {
                others.push(parse_quote!(#[cfg_attr(#condition, #(#rest),*)]));
            }
        } else {
            others.push(attribute);
        }
    }
    for meta in &given {
        if meta.require_path_only().is_err() {
            ctxt.error(meta, format_args!("`#[{name}]` takes no arguments: remove them, as {no_arguments}"));
        }
    }
    if let [_, again, ..] = given.as_slice() {
        ctxt.error(again, format_args!("`#[{name}]` is given twice: remove one of the two"));
    }
    let is_marked = is_passed_on || !given.is_empty();
    if is_marked {
        let name = Ident::new(name, proc_macro2::Span::call_site());
        others.push(parse_quote!(#[cfg_attr(any(), #name)]));
    }
    *attributes = others;
    is_marked
}

/// Whether this is what an expanded attribute of ours has left in the place of a marker.
fn is_left_by_us(meta: &Meta, name: &str) -> bool {
    conditional(meta).is_some_and(|(condition, metas)| {
        let is_never =
            condition.require_list().is_ok_and(|list| list.path.is_ident("any") && list.tokens.is_empty());
        is_never && metas.iter().all(|meta| meta.path().is_ident(name))
    })
}

/// Takes a marker out of a `cfg_attr`, and returns the condition and what is left. A parameter is marked under a condition if
/// the function is registered under this condition.
fn without(meta: &Meta, name: &str, given: &mut Vec<Meta>) -> Option<(Meta, Vec<Meta>)> {
    let (condition, metas) = conditional(meta)?;
    let (marks, rest): (Vec<_>, Vec<_>) = metas.into_iter().partition(|meta| meta.path().is_ident(name));
    if marks.is_empty() {
        return None;
    }
    given.extend(marks);
    Some((condition, rest))
}

pub(crate) fn is_named(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

pub(crate) fn same(a: &Path, b: &Path) -> bool {
    shown(a) == shown(b)
}

fn shown(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
