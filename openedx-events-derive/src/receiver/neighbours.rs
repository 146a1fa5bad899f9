//! The attributes beside `#[receiver]` and on the parameters: those that are ours, those that are mistakes, and those that
//! hold for generated code too.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Path, Token, parse_quote};

use super::args::{Args, Targets};
use crate::ctxt::Ctxt;

/// The attributes of the function, read.
pub(super) struct Neighbours {
    /// What the user allows in the function, for the code that repeats its signature and calls it.
    pub(super) allowed: Vec<TokenStream>,
    /// The signals of further `#[receiver]` attributes on the function.
    pub(super) further: Vec<Path>,
}

impl Neighbours {
    pub(super) fn read(ctxt: &Ctxt, attributes: &[Attribute], targets: &Targets) -> Self {
        let mut read = Self { allowed: Vec::new(), further: Vec::new() };
        for attribute in attributes {
            for_each(&attribute.meta, None, &mut |meta, condition| {
                refuse(ctxt, meta);
                read.allowed.extend(allowed(meta, condition));
                // Under a condition it may not be there.
                if condition.is_none() {
                    read.further.extend(further(ctxt, meta, targets));
                }
            });
        }
        read
    }
}

/// Calls `each` with an attribute, or with those inside a `cfg_attr` and the condition under which they are there.
fn for_each(
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

/// Refuses attributes that no receiver can have.
fn refuse(ctxt: &Ctxt, meta: &Meta) {
    let path = meta.path();
    if path.is_ident("state") {
        ctxt.error(path, "`#[state]` belongs to a parameter: write `fn name(#[state] database: &Database)`");
    } else if is_named(path, "main") {
        ctxt.error(
            path,
            format_args!("a receiver runs on the sender's runtime: remove `#[{}]`", shown(path)),
        );
    } else if is_named(path, "test") {
        ctxt.error(
            path,
            format_args!(
                "a receiver is called with events, and is not a test: remove `#[{}]`, and send the event in a test",
                shown(path)
            ),
        );
    }
}

/// Refuses a body that an attribute above has wrapped into a runtime: `#[tokio::main]` is applied before `#[receiver]`,
/// and leaves nothing else behind.
pub(super) fn refuse_runtime(ctxt: &Ctxt, name: &syn::Ident, body: &TokenStream) {
    if starts_runtime(body.clone()) {
        ctxt.error(
            name,
            "a receiver runs on the sender's runtime, and an attribute above starts another one: remove it, as in \
             `#[tokio::main]`",
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
/// A deprecated receiver still runs, and is called by generated code alone.
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

/// The signals of a further `#[receiver]`, which is expanded after this one.
fn further(ctxt: &Ctxt, meta: &Meta, targets: &Targets) -> Vec<Path> {
    if !is_named(meta.path(), "receiver") {
        return Vec::new();
    }
    let Ok(list) = meta.require_list() else { return Vec::new() };
    // Its own mistakes are reported when it is expanded.
    let further = Args::read(&Ctxt::default(), list.tokens.clone()).targets;
    match (targets, further) {
        (Targets::Signals(signals), Targets::Signals(further)) => {
            let (again, others): (Vec<_>, Vec<_>) =
                further.into_iter().partition(|path| signals.iter().any(|signal| same(signal, path)));
            for path in &again {
                ctxt.error(
                    path,
                    "another `#[receiver]` of this function names this signal: remove one of the two",
                );
            }
            others
        }
        (Targets::Any, _) | (_, Targets::Any) => {
            ctxt.error(
                meta.path(),
                "one of the `#[receiver]` attributes of this function is for `any` signal, and includes the others: \
                 remove one of the two",
            );
            Vec::new()
        }
    }
}

/// Removes `#[state]` from the attributes of a parameter, as the compiler does not know it, and returns whether it was
/// there. What takes its place has no effect, but says it to a further `#[receiver]`.
pub(super) fn take_state(ctxt: &Ctxt, attributes: &mut Vec<Attribute>) -> bool {
    let mut given = Vec::new();
    let mut is_passed_on = false;
    let mut others = Vec::new();
    for attribute in attributes.drain(..) {
        if is_passed_on_state(&attribute.meta) {
            is_passed_on = true;
        } else if attribute.path().is_ident("state") {
            given.push(attribute.meta);
        } else if let Some((condition, rest)) = without_state(&attribute.meta, &mut given) {
            if !rest.is_empty() {
                others.push(parse_quote!(#[cfg_attr(#condition, #(#rest),*)]));
            }
        } else {
            others.push(attribute);
        }
    }
    for meta in &given {
        if meta.require_path_only().is_err() {
            ctxt.error(
                meta,
                "`#[state]` takes no arguments: remove them, as the state is found by the parameter's type",
            );
        }
    }
    if let [_, again, ..] = given.as_slice() {
        ctxt.error(again, "`#[state]` is given twice: remove one of the two");
    }
    let is_state = is_passed_on || !given.is_empty();
    if is_state {
        others.push(parse_quote!(#[cfg_attr(any(), state)]));
    }
    *attributes = others;
    is_state
}

/// Whether this is what an expanded `#[receiver]` has left in the place of `#[state]`.
fn is_passed_on_state(meta: &Meta) -> bool {
    conditional(meta).is_some_and(|(condition, metas)| {
        let is_never =
            condition.require_list().is_ok_and(|list| list.path.is_ident("any") && list.tokens.is_empty());
        is_never && metas.iter().all(|meta| meta.path().is_ident("state"))
    })
}

/// Takes `state` out of a `cfg_attr`, and returns the condition and what is left. A parameter is a state under a condition
/// if the function is a receiver under this condition.
fn without_state(meta: &Meta, given: &mut Vec<Meta>) -> Option<(Meta, Vec<Meta>)> {
    let (condition, metas) = conditional(meta)?;
    let (states, rest): (Vec<_>, Vec<_>) = metas.into_iter().partition(|meta| meta.path().is_ident("state"));
    if states.is_empty() {
        return None;
    }
    given.extend(states);
    Some((condition, rest))
}

fn is_named(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|last| last.ident == name)
}

pub(super) fn same(a: &Path, b: &Path) -> bool {
    shown(a) == shown(b)
}

fn shown(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
