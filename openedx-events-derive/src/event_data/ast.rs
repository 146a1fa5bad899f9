//! What `#[derive(EventData)]` stands on.

use syn::{Data, DataEnum, DeriveInput, Ident, LitStr};

use crate::attr::{self, Slot};
use crate::ctxt::Ctxt;
use crate::docs;
use crate::krate::Krate;
use crate::record::{Field, Record, arguments, refuse_generics};

/// The type and what its attributes say.
pub(super) struct Container {
    pub(super) krate: Krate,
    /// Implements serde's traits too.
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
    /// What stands for it on the wire.
    pub(super) text: String,
}

impl Container {
    pub(super) fn read(ctxt: &Ctxt, input: &DeriveInput) -> Self {
        let mut krate = Slot::new("crate");
        let mut personal = Slot::new("pii");
        let mut serde = Slot::new("serde");
        arguments(ctxt, &input.attrs, |input| {
            let name = attr::name(input)?;
            match name.to_string().as_str() {
                "pii" => personal.set(ctxt, &name, name.span()),
                "serde" => serde.set(ctxt, &name, ()),
                "crate" => krate.set(ctxt, &name, attr::value(input, &name, "my_events")?),
                _ => return Err(attr::unknown(&name, &["pii", "serde", "crate = path"])),
            }
            Ok(())
        });
        let what = "a type of event data";
        refuse_generics(ctxt, &input.generics, what);
        let (ident, description) = (input.ident.clone(), docs::text(&input.attrs));
        let personal = personal.get();
        let data = match &input.data {
            Data::Enum(data) => {
                if let Some(span) = personal {
                    ctxt.push(syn::Error::new(
                        span,
                        "an enum is a value, not a record: mark the fields that hold it with `#[event_data(pii)]`",
                    ));
                }
                Kind::Enum(Enumeration {
                    variants: Variant::read_all(ctxt, &ident, data),
                    ident,
                    description,
                })
            }
            Data::Struct(data) => {
                let fields = Field::read_all(ctxt, &ident, "a record of event data", &data.fields);
                Kind::Record(Record { ident, description, fields, personal })
            }
            Data::Union(data) => {
                ctxt.error(
                    data.union_token,
                    "a union cannot be event data, as nothing tells which field it holds: use a struct with named \
                     fields",
                );
                Kind::Record(Record { ident, description, fields: Vec::new(), personal })
            }
        };
        Self { krate: Krate::new(krate.get()), serde: serde.get().is_some(), data }
    }
}

impl Variant {
    fn read_all(ctxt: &Ctxt, owner: &Ident, data: &DataEnum) -> Vec<Self> {
        if data.variants.is_empty() {
            ctxt.error(owner, "an enum without variants has no value to send: give it at least one");
        }
        let variants: Vec<_> = data.variants.iter().map(|variant| Self::read(ctxt, variant)).collect();
        for (place, variant) in variants.iter().enumerate() {
            if variants[..place].iter().any(|before| before.text == variant.text) {
                ctxt.error(&variant.ident, format_args!("two variants are written as `{}`", variant.text));
            }
        }
        variants
    }

    fn read(ctxt: &Ctxt, variant: &syn::Variant) -> Self {
        if !variant.fields.is_empty() {
            ctxt.error(
                &variant.fields,
                "a variant with data has no form on the wire: use a struct with an `Option` for each choice",
            );
        }
        let mut rename = Slot::new("rename");
        arguments(ctxt, &variant.attrs, |input| {
            let name = attr::name(input)?;
            match name.to_string().as_str() {
                "rename" => {
                    rename.set(ctxt, &name, attr::value::<LitStr>(input, &name, "\"text\"")?.value());
                    Ok(())
                }
                _ => Err(attr::unknown(&name, &["rename = \"text\""])),
            }
        });
        let text = rename.get().unwrap_or_else(|| syn::ext::IdentExt::unraw(&variant.ident).to_string());
        Self { ident: variant.ident.clone(), text }
    }
}
