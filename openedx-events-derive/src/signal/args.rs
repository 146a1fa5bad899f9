//! The arguments of `#[signal]`.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitInt, LitStr, Token};

use crate::attr::{self, Known, Slot};
use crate::ctxt::Ctxt;
use crate::event_type::{self, Exceptions, Hook};
use crate::krate::Krate;

/// The arguments, each checked by itself.
pub(super) struct Args {
    pub(super) krate: Krate,
    /// `None` only together with an error.
    pub(super) event_type: Option<LitStr>,
    pub(super) key: Option<KeyPath>,
    pub(super) minor_version: Option<u32>,
    pub(super) trigger_repository: Option<LitStr>,
    pub(super) warning: Option<LitStr>,
    /// The reason why the event has no form on the wire.
    pub(super) in_process: Option<LitStr>,
    pub(super) name: Option<Ident>,
    /// Whether serde's form of the event differs on purpose.
    pub(super) ignore_serde: bool,
}

/// `a.b.c`
pub(super) struct KeyPath(pub(super) Vec<Ident>);

impl Parse for KeyPath {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        Punctuated::<Ident, Token![.]>::parse_separated_nonempty(input)
            .map(|path| Self(path.into_iter().collect()))
    }
}

/// The minor version of an event.
struct MinorVersion(u32);

/// The largest integer that a CloudEvent can have.
const MAX_MINOR_VERSION: u32 = i32::MAX.cast_unsigned();

impl Parse for MinorVersion {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let literal: LitInt = input.parse()?;
        let number = literal.base10_parse().ok().filter(|number| *number <= MAX_MINOR_VERSION);
        number.map(Self).ok_or_else(|| syn::Error::new(literal.span(), "out of range"))
    }
}

const KNOWN: Known = Known {
    attribute: "`#[signal]`",
    arguments: &[
        "key = field.inner",
        "minor_version = 1",
        "trigger_repository = \"…\"",
        "warning = \"…\"",
        "unversioned",
        "hyphenated",
        "in_process = \"…\"",
        "name = SIGNAL",
        "ignore_serde",
        "crate = path",
    ],
};

/// The state of reading them.
struct Reader<'a> {
    ctxt: &'a Ctxt,
    event_type: Slot<LitStr>,
    key: Slot<KeyPath>,
    minor_version: Slot<u32>,
    trigger_repository: Slot<LitStr>,
    warning: Slot<LitStr>,
    unversioned: Slot<Span>,
    hyphenated: Slot<Span>,
    in_process: Slot<LitStr>,
    name: Slot<Ident>,
    ignore_serde: Slot<()>,
    krate: Slot<syn::Path>,
}

impl Args {
    // The grammar: TYPE ("," ARGUMENT)* ","?
    pub(super) fn read(ctxt: &Ctxt, tokens: TokenStream) -> Self {
        let first = tokens.clone().into_iter().next().map(|token| token.span());
        let mut reader = Reader {
            ctxt,
            event_type: Slot::new("the event type"),
            key: Slot::new("`key`"),
            minor_version: Slot::new("`minor_version`"),
            trigger_repository: Slot::new("`trigger_repository`"),
            warning: Slot::new("`warning`"),
            unversioned: Slot::new("`unversioned`"),
            hyphenated: Slot::new("`hyphenated`"),
            in_process: Slot::new("`in_process`"),
            name: Slot::new("`name`"),
            ignore_serde: Slot::new("`ignore_serde`"),
            krate: Slot::new("`crate`"),
        };
        let mut is_first = true;
        attr::read(ctxt, tokens, |input| {
            attr::each(ctxt, input, |input| reader.argument(input, std::mem::take(&mut is_first)));
        });
        reader.check_type(first);
        Self {
            krate: Krate::new(reader.krate.get()),
            event_type: reader.event_type.get(),
            key: reader.key.get(),
            minor_version: reader.minor_version.get(),
            trigger_repository: reader.trigger_repository.get(),
            warning: reader.warning.get(),
            in_process: reader.in_process.get(),
            name: reader.name.get(),
            ignore_serde: reader.ignore_serde.get().is_some(),
        }
    }
}

impl Reader<'_> {
    fn argument(&mut self, input: ParseStream<'_>, is_first: bool) -> syn::Result<()> {
        if input.peek(LitStr) {
            let literal: LitStr = input.parse()?;
            self.event_type.set(self.ctxt, &literal, literal.clone());
            return Ok(());
        }
        let at = input.span();
        if is_first && !input.peek(Ident::peek_any) {
            return Err(missing(at));
        }
        let name = KNOWN.name(input)?;
        match name.to_string().as_str() {
            "key" => {
                let path = attr::value(input, &name, "the path of a field", "badge.uuid")?;
                self.key.set(self.ctxt, &name, path);
            }
            "minor_version" => {
                let what = "a whole number from 0 to 2147483647";
                let MinorVersion(number) = attr::value(input, &name, what, "1")?;
                self.minor_version.set(self.ctxt, &name, number);
            }
            "trigger_repository" => {
                let repository = attr::value(input, &name, "a string", "\"openedx/edx-platform\"")?;
                self.trigger_repository.set(self.ctxt, &name, repository);
            }
            "warning" => {
                let text = attr::value(input, &name, "a string", "\"sent twice on a retry\"")?;
                self.warning.set(self.ctxt, &name, text);
            }
            "unversioned" => {
                self.unversioned.set(self.ctxt, &name, name.span());
                attr::no_value(input, &name)?;
            }
            "hyphenated" => {
                self.hyphenated.set(self.ctxt, &name, name.span());
                attr::no_value(input, &name)?;
            }
            "in_process" => {
                let what = "the reason why the event cannot leave the process";
                let reason: LitStr = attr::value(input, &name, what, "\"it holds an open file\"")?;
                if reason.value().trim().is_empty() {
                    self.ctxt
                        .error(&reason, "the reason is blank: say why the event cannot leave the process");
                }
                self.in_process.set(self.ctxt, &name, reason);
            }
            "name" => {
                let signal = attr::value(input, &name, "the name of the signal's static", "BADGE_AWARDED")?;
                self.name.set(self.ctxt, &name, signal);
            }
            "ignore_serde" => {
                self.ignore_serde.set(self.ctxt, &name, ());
                attr::no_value(input, &name)?;
            }
            "crate" => {
                let path = Krate::path(input, &name)?;
                self.krate.set(self.ctxt, &name, path);
            }
            _ if is_first => return Err(missing(at)),
            _ => return Err(KNOWN.unknown(&name)),
        }
        Ok(())
    }

    /// Checks the event type, and that it breaks each rule that an argument lets it break.
    fn check_type(&self, first: Option<Span>) {
        let Some(literal) = self.event_type.peek() else {
            // If something else is in its place, that has a message already.
            if !self.ctxt.has_errors() {
                self.ctxt.push(missing(first.unwrap_or_else(Span::call_site)));
            }
            return;
        };
        let event_type = literal.value();
        let (unversioned, hyphenated) = (self.unversioned.peek(), self.hyphenated.peek());
        let exceptions = Exceptions { unversioned: unversioned.is_some(), hyphenated: hyphenated.is_some() };
        for problem in event_type::problems(&event_type, Hook::Event(exceptions)) {
            self.ctxt.error(literal, problem);
        }
        if let (Some(&at), Some(version)) = (unversioned, event_type::version(&event_type)) {
            let message = format_args!(
                "the event type has the version `{version}`: remove `unversioned`, or the version"
            );
            self.ctxt.push(syn::Error::new(at, message));
        }
        if let (Some(&at), false) = (hyphenated, event_type.contains('-')) {
            let message = "no part of the event type has a hyphen: remove `hyphenated`";
            self.ctxt.push(syn::Error::new(at, message));
        }
    }
}

/// The error for a missing event type.
fn missing(at: Span) -> syn::Error {
    Hook::Event(Exceptions::default()).missing(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_documented() {
        assert!(KNOWN.undocumented(include_str!("../../docs/signal.md")).is_empty());
    }
}
