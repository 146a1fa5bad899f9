//! The type that derives `EventData`, and its attributes.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::{Data, DataEnum, DeriveInput, Ident, LitStr};

use crate::attr::{self, Known, Slot};
use crate::ctxt::Ctxt;
use crate::docs;
use crate::krate::Krate;
use crate::neighbours::{derived, packed};
use crate::record::{Field, Record, arguments, refuse_generics};
use crate::serde::{self, Mode};
use crate::wire_name;

const KNOWN: Known = Known {
    attribute: "`event_data` on a type",
    arguments: &["pii", "serde", "ignore_serde", "in_process", "crate = path"],
};
const KNOWN_OF_VARIANT: Known =
    Known { attribute: "`event_data` on a variant", arguments: &["rename = \"text\""] };

/// The type, read and checked.
pub(super) struct Container {
    pub(super) krate: Krate,
    /// Whether serde's traits are implemented too.
    pub(super) serde: bool,
    pub(super) data: Kind,
}

pub(super) enum Kind {
    Record(Record),
    Enum(Enumeration),
}

/// An enum without data.
pub(super) struct Enumeration {
    pub(super) ident: Ident,
    pub(super) description: String,
    pub(super) variants: Vec<Variant>,
}

pub(super) struct Variant {
    pub(super) ident: Ident,
    /// Its name on the wire.
    pub(super) text: String,
    /// Where that name is written.
    text_at: Span,
}

impl Container {
    pub(super) fn read(ctxt: &Ctxt, input: &DeriveInput) -> Self {
        let mut krate = Slot::new("`crate`");
        let mut personal = Slot::new("`pii`");
        let mut serde = Slot::new("`serde`");
        let mut ignore_serde = Slot::new("`ignore_serde`");
        let mut in_process = Slot::new("`in_process`");
        arguments(ctxt, &input.attrs, |input| {
            let name = KNOWN.name(input)?;
            match name.to_string().as_str() {
                "pii" => {
                    personal.set(ctxt, &name, name.span());
                    attr::no_value(input, &name)
                }
                "serde" => {
                    serde.set(ctxt, &name, ());
                    attr::no_value(input, &name)
                }
                "ignore_serde" => {
                    ignore_serde.set(ctxt, &name, ());
                    attr::no_value(input, &name)
                }
                "in_process" => {
                    in_process.set(ctxt, &name, name.span());
                    attr::no_value(input, &name)
                }
                "crate" => {
                    krate.set(ctxt, &name, Krate::path(input, &name)?);
                    Ok(())
                }
                "default" => Err(syn::Error::new(
                    name.span(),
                    "`default` is not allowed on a type: put it on each field that JSON may leave out",
                )),
                "rename" => Err(syn::Error::new(
                    name.span(),
                    "`rename` is only allowed on a variant of an enum: remove it, and rename the type itself",
                )),
                _ => Err(KNOWN.unknown(&name)),
            }
        });
        let what = "a type of event data";
        refuse_generics(ctxt, &input.generics, what);
        if let Some(path) = packed(&input.attrs) {
            ctxt.error(path, "a record cannot be packed, as its fields are borrowed: remove `packed`");
        }
        let implements_serde = serde.get().is_some();
        if implements_serde {
            refuse_serde(ctxt, input);
        }
        let mode = match (ignore_serde.get(), implements_serde) {
            (Some(()), _) => Mode::Ignored,
            (None, true) => Mode::Implemented,
            (None, false) => Mode::Record,
        };
        let (ident, description) = (input.ident.clone(), docs::text(&input.attrs));
        let (personal, in_process_at) = (personal.get(), in_process.get());
        let in_process = in_process_at.is_some();
        let data = match &input.data {
            Data::Enum(data) => {
                if let Some(span) = personal {
                    ctxt.push(syn::Error::new(
                        span,
                        "`pii` is not allowed on an enum: put `#[event_data(pii)]` on the fields that hold it",
                    ));
                }
                if let Some(span) = in_process_at {
                    ctxt.push(syn::Error::new(
                        span,
                        "`in_process` is not allowed on an enum, as Avro has a form for every enum: remove it",
                    ));
                }
                wire_name::check(ctxt, &ident, "rename the enum");
                let variants = Variant::read_all(ctxt, &ident, data);
                let members: Vec<_> = variants
                    .iter()
                    .zip(&data.variants)
                    .map(|(variant, read)| variant.member(&read.attrs))
                    .collect();
                serde::check(ctxt, mode, &ident, &input.attrs, &members);
                Kind::Enum(Enumeration { ident, description, variants })
            }
            Data::Struct(data) => {
                let fields = Field::read_all(ctxt, &ident, "a record of event data", &data.fields);
                wire_name::check_record(ctxt, &ident);
                let record = Record { ident, description, fields, personal, in_process };
                record.check_types(ctxt, &input.generics);
                let members = serde::fields(&record, &data.fields);
                serde::check(ctxt, mode, &record.ident, &input.attrs, &members);
                Kind::Record(record)
            }
            Data::Union(data) => {
                ctxt.error(data.union_token, "a union cannot be event data: use a struct with named fields");
                Kind::Record(Record { ident, description, fields: Vec::new(), personal, in_process })
            }
        };
        let container = Self { krate: Krate::new(krate.get()), serde: implements_serde, data };
        if container.personal_at().is_some() {
            refuse_debug(ctxt, input);
        }
        container
    }

    /// Whether the type holds itself, and so has no size.
    pub(super) fn is_infinite(&self) -> bool {
        match &self.data {
            Kind::Record(record) => record.is_infinite(),
            Kind::Enum(_) => false,
        }
    }

    /// The first mark of personal data in a record.
    pub(super) fn personal_at(&self) -> Option<Span> {
        match &self.data {
            Kind::Record(record) => record.personal_at(),
            Kind::Enum(_) => None,
        }
    }
}

/// Sees a derive below this one; the compiler reports one beside it or above.
fn refuse_debug(ctxt: &Ctxt, input: &DeriveInput) {
    for path in derived(&input.attrs, "Debug") {
        ctxt.error(
            path,
            "`EventData` implements a `Debug` that redacts the personal data: remove this derive",
        );
    }
}

/// Sees derives below this one; the compiler reports those beside it or above.
fn refuse_serde(ctxt: &Ctxt, input: &DeriveInput) {
    for name in ["Serialize", "Deserialize"] {
        for path in derived(&input.attrs, name) {
            ctxt.error(path, format_args!("`#[event_data(serde)]` implements `{name}`: remove this derive"));
        }
    }
}

impl Variant {
    fn member<'a>(&'a self, attributes: &'a [syn::Attribute]) -> serde::Member<'a> {
        serde::Member { attributes, ident: &self.ident, name: self.text.clone(), kind: serde::Kind::Variant }
    }

    fn read_all(ctxt: &Ctxt, owner: &Ident, data: &DataEnum) -> Vec<Self> {
        if data.variants.is_empty() {
            ctxt.error(owner, "an enum without variants has no value to send: add a variant");
        }
        let variants: Vec<_> = data.variants.iter().map(|variant| Self::read(ctxt, variant)).collect();
        for (place, variant) in variants.iter().enumerate() {
            if variants[..place].iter().any(|before| before.text == variant.text) {
                ctxt.push(syn::Error::new(
                    variant.text_at,
                    format_args!(
                        "two variants have the name `{}` on the wire: rename one of them with \
                         `#[event_data(rename = \"…\")]`",
                        variant.text
                    ),
                ));
            }
        }
        variants
    }

    fn read(ctxt: &Ctxt, variant: &syn::Variant) -> Self {
        if !variant.fields.is_empty() {
            ctxt.error(
                &variant.fields,
                "a variant of event data cannot hold data: use a struct with an `Option` for each choice",
            );
        }
        let mut rename = Slot::new("`rename`");
        arguments(ctxt, &variant.attrs, |input| {
            let name = KNOWN_OF_VARIANT.name(input)?;
            if name != "rename" {
                return Err(KNOWN_OF_VARIANT.unknown(&name));
            }
            let text: LitStr =
                attr::value(input, &name, "the variant's name on the wire, a string", "\"text\"")?;
            wire_name::check_text(ctxt, &text);
            rename.set(ctxt, &name, text);
            Ok(())
        });
        let ident = variant.ident.clone();
        if let Some(text) = rename.get() {
            return Self { ident, text: text.value(), text_at: text.span() };
        }
        wire_name::check(
            ctxt,
            &ident,
            "rename the variant, or write its name on the wire as in `#[event_data(rename = \"text\")]`",
        );
        Self { text: ident.unraw().to_string(), text_at: ident.span(), ident }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_documented() {
        assert!(KNOWN.undocumented(include_str!("../../docs/event_data.md")).is_empty());
        assert!(KNOWN_OF_VARIANT.undocumented(include_str!("../../docs/event_data.md")).is_empty());
    }
}
