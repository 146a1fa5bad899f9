//! Further `#[receiver]` attributes of a function.

use syn::{Attribute, Meta, Path};

use super::args::{Args, Targets};
use crate::ctxt::Ctxt;
use crate::function::attributes::{for_each, is_named, same};

/// The signals of further `#[receiver]` attributes, which are expanded after this one.
pub(super) fn signals(ctxt: &Ctxt, attributes: &[Attribute], targets: &Targets) -> Vec<Path> {
    let mut signals = Vec::new();
    for attribute in attributes {
        for_each(&attribute.meta, None, &mut |meta, condition| {
            // Under a condition it may not be there.
            if condition.is_none() {
                signals.extend(of_attribute(ctxt, meta, targets));
            }
        });
    }
    signals
}

fn of_attribute(ctxt: &Ctxt, meta: &Meta, targets: &Targets) -> Vec<Path> {
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
