//! What stands in the parentheses of `#[receiver]`.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitInt, Path, Token};

use crate::attr::{self, Slot};
use crate::ctxt::Ctxt;
use crate::krate::Krate;

/// The arguments, checked each by itself.
pub(super) struct Args {
    pub(super) krate: Krate,
    pub(super) targets: Targets,
    pub(super) priority: Option<i32>,
}

/// What the receiver listens to.
pub(super) enum Targets {
    Signals(Vec<Path>),
    Any,
}

const KNOWN: &[&str] = &["priority = 10", "crate = path"];

impl Args {
    // The grammar: ("any" | SIGNAL) ("," (SIGNAL | ARGUMENT))* ","?
    pub(super) fn read(ctxt: &Ctxt, tokens: TokenStream) -> Self {
        let mut targets: Vec<Path> = Vec::new();
        let mut any = Slot::new("any");
        let mut priority = Slot::new("priority");
        let mut krate = Slot::new("crate");
        attr::read(ctxt, tokens, |input| {
            attr::each(ctxt, input, |input| {
                if input.peek(Ident::peek_any) && input.peek2(Token![=]) {
                    let name = attr::name(input)?;
                    match name.to_string().as_str() {
                        "priority" => priority.set(ctxt, &name, priority_value(input, &name)?),
                        "crate" => krate.set(ctxt, &name, attr::value::<Path>(input, &name, "my_events")?),
                        _ => return Err(attr::unknown(&name, KNOWN)),
                    }
                    return Ok(());
                }
                let path: Path = input.parse().map_err(|error| {
                    syn::Error::new(error.span(), "expected a signal by its path, such as `BADGE_AWARDED`")
                })?;
                if path.is_ident("any") {
                    any.set(ctxt, &path, path.clone());
                } else if path.is_ident("priority") {
                    return Err(syn::Error::new_spanned(
                        path,
                        "`priority` needs a value, as in `priority = 10`",
                    ));
                } else if targets.iter().any(|before| same(before, &path)) {
                    ctxt.error(&path, "the receiver listens to this signal already");
                } else {
                    targets.push(path);
                }
                Ok(())
            });
        });
        let targets = match any.get() {
            Some(any) => {
                for signal in &targets {
                    ctxt.error(signal, "`any` is every signal, this one too: take one of the two away");
                }
                let _ = any;
                Targets::Any
            }
            None => Targets::Signals(targets),
        };
        if matches!(&targets, Targets::Signals(signals) if signals.is_empty()) {
            ctxt.push(syn::Error::new(
                Span::call_site(),
                "`#[receiver]` needs the signals that it listens to: `#[receiver(BADGE_AWARDED)]`, or \
                 `#[receiver(any)]` for all",
            ));
        }
        Self { krate: Krate::new(krate.get()), targets, priority: priority.get() }
    }
}

fn same(a: &Path, b: &Path) -> bool {
    a.to_token_stream().to_string() == b.to_token_stream().to_string()
}

/// A whole number, with a sign or not.
fn priority_value(input: ParseStream<'_>, name: &Ident) -> syn::Result<i32> {
    struct Signed(i32);

    impl syn::parse::Parse for Signed {
        fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
            let minus: Option<Token![-]> = input.parse()?;
            let number: LitInt = input.parse()?;
            let sign = if minus.is_some() { "-" } else { "" };
            format!("{sign}{}", number.base10_digits())
                .parse()
                .map(Self)
                .map_err(|_| syn::Error::new(number.span(), "not in the range of `i32`"))
        }
    }

    attr::value(input, name, "10").map(|Signed(number)| number)
}
