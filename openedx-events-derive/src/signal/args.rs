//! What stands in the parentheses of `#[signal]`.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitInt, LitStr, Path, Token};

use crate::attr::{self, Slot};
use crate::ctxt::Ctxt;
use crate::event_type::{self, Exceptions};
use crate::krate::Krate;

/// The arguments, checked each by itself.
pub(super) struct Args {
    pub(super) krate: Krate,
    /// `None` only together with an error.
    pub(super) event_type: Option<LitStr>,
    pub(super) key: Option<KeyPath>,
    pub(super) minor_version: Option<u32>,
    pub(super) trigger_repository: Option<LitStr>,
    pub(super) warning: Option<LitStr>,
    pub(super) name: Option<Ident>,
}

/// `a.b.c`
pub(super) struct KeyPath(pub(super) Vec<Ident>);

impl Parse for KeyPath {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Punctuated::<Ident, Token![.]>::parse_separated_nonempty(input)
            .map(|path| Self(path.into_iter().collect()))
    }
}

const KNOWN: &[&str] = &[
    "key = field.inner",
    "minor_version = 1",
    "trigger_repository = \"…\"",
    "warning = \"…\"",
    "unversioned",
    "hyphenated",
    "name = SIGNAL",
    "crate = path",
];

impl Args {
    // The grammar: TYPE ("," ARGUMENT)* ","?
    pub(super) fn read(ctxt: &Ctxt, tokens: TokenStream) -> Self {
        let mut event_type = Slot::new("the event type");
        let mut exceptions = Exceptions::default();
        let mut key = Slot::new("key");
        let mut minor_version = Slot::new("minor_version");
        let mut trigger_repository = Slot::new("trigger_repository");
        let mut warning = Slot::new("warning");
        let (mut unversioned, mut hyphenated) = (Slot::new("unversioned"), Slot::new("hyphenated"));
        let mut name_of_signal = Slot::new("name");
        let mut krate = Slot::new("crate");
        let is_empty = tokens.is_empty();
        attr::read(ctxt, tokens, |input| {
            attr::each(ctxt, input, |input| {
                if input.peek(LitStr) {
                    let literal: LitStr = input.parse()?;
                    event_type.set(ctxt, &literal, literal.clone());
                    return Ok(());
                }
                if !input.peek(Ident::peek_any) {
                    return Err(input.error("expected the event type as text, or an argument by its name"));
                }
                let name = attr::name(input)?;
                match name.to_string().as_str() {
                    "key" => key.set(ctxt, &name, attr::value(input, &name, "field.inner")?),
                    "minor_version" => {
                        let number: LitInt = attr::value(input, &name, "1")?;
                        minor_version.set(ctxt, &name, number.base10_parse::<u32>()?);
                    }
                    "trigger_repository" => {
                        trigger_repository.set(
                            ctxt,
                            &name,
                            attr::value(input, &name, "\"openedx/edx-platform\"")?,
                        );
                    }
                    "warning" => {
                        warning.set(ctxt, &name, attr::value(input, &name, "\"sent twice on a retry\"")?);
                    }
                    "unversioned" => unversioned.set(ctxt, &name, ()),
                    "hyphenated" => hyphenated.set(ctxt, &name, ()),
                    "name" => name_of_signal.set(ctxt, &name, attr::value(input, &name, "BADGE_AWARDED")?),
                    "crate" => krate.set(ctxt, &name, attr::value::<Path>(input, &name, "my_events")?),
                    _ => return Err(attr::unknown(&name, KNOWN)),
                }
                Ok(())
            });
        });
        exceptions.unversioned = unversioned.get().is_some();
        exceptions.hyphenated = hyphenated.get().is_some();
        let event_type = event_type.get();
        match &event_type {
            Some(literal) => {
                for problem in event_type::problems(&literal.value(), exceptions) {
                    ctxt.error(literal, problem);
                }
            }
            None => missing_type(ctxt, is_empty),
        }
        Self {
            krate: Krate::new(krate.get()),
            event_type,
            key: key.get(),
            minor_version: minor_version.get(),
            trigger_repository: trigger_repository.get(),
            warning: warning.get(),
            name: name_of_signal.get(),
        }
    }
}

/// Without arguments there is no token to point at but the attribute itself.
fn missing_type(ctxt: &Ctxt, is_empty: bool) {
    let example = "#[signal(\"org.example.subdomain.subject.action.v1\")]";
    let message = if is_empty {
        format!("`#[signal]` needs the event type: `{example}`")
    } else {
        format!("`#[signal]` needs the event type as its first argument: `{example}`")
    };
    ctxt.push(syn::Error::new(proc_macro2::Span::call_site(), message));
}
