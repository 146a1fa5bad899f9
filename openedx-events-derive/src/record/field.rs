//! The fields of a record, and their attributes.

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Expr, Ident, Token, Type};

use super::arguments;
use crate::attr::{self, Known, Slot};
use crate::ctxt::Ctxt;
use crate::{docs, wire_name};

/// One field of a record.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(super) description: String,
    /// The mark of personal data, if there is one.
    pub(super) personal: Option<Span>,
    pub(super) default: Option<Default>,
}

/// The value of a field that JSON leaves out.
pub(super) enum Default {
    /// `Default::default()`, with the place of the argument.
    Trait(Span),
    Expr(Box<Expr>),
}

const KNOWN: Known =
    Known { attribute: "`event_data` on a field", arguments: &["pii", "default", "default = expr"] };

impl Default {
    fn read(input: ParseStream<'_>, name: &Ident) -> syn::Result<Self> {
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(Self::Trait(name.span()));
        }
        let value = attr::value(input, name, "an expression or no value", "Vec::new()")?;
        Ok(Self::Expr(Box::new(value)))
    }
}

impl Field {
    /// Reads the fields of a struct, which must have at least one, each with a name.
    pub(crate) fn read_all(ctxt: &Ctxt, owner: &Ident, what: &str, fields: &syn::Fields) -> Vec<Self> {
        match fields {
            syn::Fields::Named(fields) if fields.named.is_empty() => {
                ctxt.error(owner, format_args!("{what} needs at least one field: add `name: Type`"));
            }
            syn::Fields::Named(_) => {}
            syn::Fields::Unnamed(fields) => {
                ctxt.error(
                    fields,
                    format_args!("{what} must have named fields: write `struct {owner} {{ name: Type }}`"),
                );
            }
            syn::Fields::Unit => ctxt.error(
                owner,
                format_args!("{what} needs at least one field: write `struct {owner} {{ name: Type }}`"),
            ),
        }
        fields.iter().filter_map(|field| Self::read(ctxt, field)).collect()
    }

    fn read(ctxt: &Ctxt, field: &syn::Field) -> Option<Self> {
        let mut personal = Slot::new("`pii`");
        let mut default = Slot::new("`default`");
        arguments(ctxt, &field.attrs, |input| {
            let name = KNOWN.name(input)?;
            match name.to_string().as_str() {
                "pii" => {
                    personal.set(ctxt, &name, name.span());
                    attr::no_value(input, &name)
                }
                "default" => {
                    default.set(ctxt, &name, Default::read(input, &name)?);
                    Ok(())
                }
                "rename" => Err(syn::Error::new(
                    name.span(),
                    "`rename` is only allowed on a variant of an enum: remove it, and rename the field itself",
                )),
                _ => Err(KNOWN.unknown(&name)),
            }
        });
        let ident = field.ident.clone()?;
        wire_name::check(ctxt, &ident, "rename the field");
        Some(Self {
            ident,
            ty: field.ty.clone(),
            description: docs::text(&field.attrs),
            personal: personal.get(),
            default: default.get(),
        })
    }

    pub(crate) fn has_default(&self) -> bool {
        self.default.is_some()
    }

    pub(crate) fn is_personal(&self) -> bool {
        self.personal.is_some()
    }

    /// The field's name on the wire.
    pub(crate) fn name(&self) -> String {
        self.ident.unraw().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_argument_is_documented() {
        assert!(KNOWN.undocumented(include_str!("../../docs/event_data.md")).is_empty());
    }
}
