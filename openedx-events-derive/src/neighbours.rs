//! The attributes beside ours: those of other macros, and those that `cfg_attr` may add.

use syn::punctuated::Punctuated;
use syn::{Attribute, Ident, Meta, Path, Token};

/// An attribute, or one that `cfg_attr` adds in some builds.
pub(crate) struct Neighbour {
    pub(crate) meta: Meta,
    /// Whether it stands in a `cfg_attr`. A derive never sees one, as rustc applies them before.
    pub(crate) conditional: bool,
}

impl Neighbour {
    /// Whether the attribute has this name, with or without a path before it.
    pub(crate) fn is(&self, name: &str) -> bool {
        last(self.meta.path()).is_some_and(|last| last == name)
    }

    /// The arguments as a list of attributes, which those of the compiler and of serde are.
    pub(crate) fn arguments(&self) -> Vec<Meta> {
        let list = self.meta.require_list().ok();
        list.and_then(|list| list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok())
            .map(|arguments| arguments.into_iter().collect())
            .unwrap_or_default()
    }
}

/// Every attribute, with those in `cfg_attr` beside the others. Attributes that cannot be read are rustc's to report.
pub(crate) fn all(attributes: &[Attribute]) -> Vec<Neighbour> {
    let mut all = Vec::with_capacity(attributes.len());
    for attribute in attributes {
        collect(attribute.meta.clone(), false, &mut all);
    }
    all
}

fn collect(meta: Meta, conditional: bool, all: &mut Vec<Neighbour>) {
    if !meta.path().is_ident("cfg_attr") {
        all.push(Neighbour { meta, conditional });
        return;
    }
    let wrapper = Neighbour { meta, conditional: true };
    // The first argument is the condition.
    for meta in wrapper.arguments().into_iter().skip(1) {
        collect(meta, true, all);
    }
}

/// Whether an attribute has this name, or is a `cfg_attr` that adds one with it.
pub(crate) fn contains(attribute: &Attribute, name: &str) -> bool {
    all(std::slice::from_ref(attribute)).iter().any(|neighbour| neighbour.is(name))
}

/// The derives of this name among the attributes that are still to be expanded.
pub(crate) fn derived(attributes: &[Attribute], name: &str) -> Vec<Path> {
    let derives = all(attributes).into_iter().filter(|neighbour| neighbour.is("derive"));
    derives
        .flat_map(|derive| derive.arguments())
        .map(|argument| argument.path().clone())
        .filter(|path| last(path).is_some_and(|last| last == name))
        .collect()
}

/// Where the attributes say that a type is packed. Its fields cannot be borrowed.
pub(crate) fn packed(attributes: &[Attribute]) -> Option<Path> {
    let reprs = all(attributes).into_iter().filter(|neighbour| neighbour.is("repr"));
    reprs
        .flat_map(|repr| repr.arguments())
        .map(|argument| argument.path().clone())
        .find(|path| path.is_ident("packed"))
}

fn last(path: &Path) -> Option<&Ident> {
    path.segments.last().map(|segment| &segment.ident)
}
