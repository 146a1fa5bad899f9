//! The arguments of `#[pipeline_step]`.

use proc_macro2::{Span, TokenStream};
use syn::parse::ParseStream;
use syn::{LitStr, Path};

use crate::attr::{self, Known, Priority, Slot};
use crate::ctxt::Ctxt;
use crate::function::attributes::same;
use crate::krate::Krate;

/// The arguments, each checked by itself.
pub(super) struct Args {
    pub(super) krate: Krate,
    /// `None` only together with an error.
    pub(super) filter: Option<Path>,
    pub(super) priority: Option<i32>,
    pub(super) on_failure: Option<OnFailure>,
}

/// What becomes of the run when the step fails.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum OnFailure {
    Fail,
    PassOver,
}

const KNOWN: Known = Known {
    attribute: "`#[pipeline_step]`",
    arguments: &["FILTER", "priority = 10", "on_failure = \"pass_over\"", "crate = path"],
};

/// The state of reading them.
struct Reader<'a> {
    ctxt: &'a Ctxt,
    filter: Option<Path>,
    priority: Slot<i32>,
    on_failure: Slot<OnFailure>,
    krate: Slot<Path>,
}

impl Args {
    // The grammar: (FILTER | ARGUMENT) ("," ARGUMENT)* ","?
    pub(super) fn read(ctxt: &Ctxt, tokens: TokenStream) -> Self {
        let first = tokens.clone().into_iter().next().map(|token| token.span());
        let mut reader = Reader {
            ctxt,
            filter: None,
            priority: Slot::new("`priority`"),
            on_failure: Slot::new("`on_failure`"),
            krate: Slot::new("`crate`"),
        };
        attr::read(ctxt, tokens, |input| attr::each(ctxt, input, |input| reader.argument(input)));
        // If something else is in the place of the filter, that has a message already.
        if reader.filter.is_none() && !ctxt.has_errors() {
            ctxt.push(syn::Error::new(
                first.unwrap_or_else(Span::call_site),
                "expected the filter of the step: write `#[pipeline_step(PRICE_REQUESTED)]`",
            ));
        }
        Self {
            krate: Krate::new(reader.krate.get()),
            filter: reader.filter,
            priority: reader.priority.get(),
            on_failure: reader.on_failure.get(),
        }
    }
}

impl Reader<'_> {
    fn argument(&mut self, input: ParseStream<'_>) -> syn::Result<()> {
        if attr::is_named(input, &["priority", "on_failure", "crate"]) {
            let name = KNOWN.name(input)?;
            match name.to_string().as_str() {
                "priority" => {
                    let Priority(number) = attr::value(input, &name, Priority::WHAT, "10")?;
                    self.priority.set(self.ctxt, &name, number);
                }
                "on_failure" => {
                    let text: LitStr =
                        attr::value(input, &name, "`\"fail\"` or `\"pass_over\"`", "\"pass_over\"")?;
                    self.on_failure.set(self.ctxt, &name, on_failure(&text)?);
                }
                "crate" => {
                    let path = Krate::path(input, &name)?;
                    self.krate.set(self.ctxt, &name, path);
                }
                _ => return Err(KNOWN.unknown(&name)),
            }
            return Ok(());
        }
        let filter: Path = input.parse().map_err(|error| {
            syn::Error::new(error.span(), "expected the path of a filter, such as `PRICE_REQUESTED`")
        })?;
        match &self.filter {
            None => self.filter = Some(filter),
            Some(before) if same(before, &filter) => {
                self.ctxt.error(&filter, "this filter is given twice: remove one of the two");
            }
            Some(_) => self.ctxt.error(
                &filter,
                "a step has one filter: give the function another `#[pipeline_step]` for this one",
            ),
        }
        Ok(())
    }
}

fn on_failure(text: &LitStr) -> syn::Result<OnFailure> {
    match text.value().as_str() {
        "fail" => Ok(OnFailure::Fail),
        "pass_over" => Ok(OnFailure::PassOver),
        other => Err(syn::Error::new(
            text.span(),
            format_args!(
                "`{other}` is not what a failure can lead to: write `\"pass_over\"`, so that the run goes on with the next \
                 step, or `\"fail\"`, which is the default"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_documented() {
        assert!(KNOWN.undocumented(include_str!("../../docs/pipeline_step.md")).is_empty());
    }
}
