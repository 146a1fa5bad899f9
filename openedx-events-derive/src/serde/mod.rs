//! serde's attributes beside ours. Events have a form of their own, which those attributes do not change, so that each is
//! either without effect on the form, or agrees with it, or is refused.

mod case;

use proc_macro2::Ident;
use quote::ToTokens as _;
use syn::ext::IdentExt as _;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Type};

use crate::ctxt::Ctxt;
use crate::neighbours;
use crate::record::{Record, peel};

/// How a type stands to serde.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// serde's traits are derived, if at all.
    Record,
    /// The same, for an event.
    Event,
    /// `#[event_data(serde)]` implements serde's traits.
    Implemented,
    /// serde's form differs from that of events, on purpose.
    Ignored,
}

impl Mode {
    /// A message that begins with why serde's attribute is not enough, and ends with the way to keep it.
    fn message(self, remedy: &str) -> String {
        match self {
            Self::Implemented => {
                format!("`#[event_data(serde)]` does not go by serde's attributes: {remedy}")
            }
            Self::Event => format!(
                "events do not go by serde's attributes: {remedy}; if serde's form is to differ, add `ignore_serde` to \
                 the arguments of `#[signal]`"
            ),
            Self::Record | Self::Ignored => format!(
                "`EventData` does not go by serde's attributes: {remedy}; if serde's form is to differ, add \
                 `#[event_data(ignore_serde)]` to the type"
            ),
        }
    }
}

/// A field or a variant.
pub(crate) struct Member<'a> {
    pub(crate) attributes: &'a [Attribute],
    pub(crate) ident: &'a Ident,
    /// Its name on the wire.
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

#[derive(Clone, Copy)]
pub(crate) enum Kind {
    Field { is_optional: bool, has_default: bool, is_personal: bool },
    Variant,
}

/// The fields of a record, with serde's attributes on them.
pub(crate) fn fields<'a>(record: &Record, fields: &'a syn::Fields) -> Vec<Member<'a>> {
    let named = fields.iter().filter_map(|field| Some((field.ident.as_ref()?, field)));
    let members = named.zip(&record.fields).map(|((ident, written), field)| Member {
        attributes: &written.attrs,
        ident,
        name: field.name(),
        kind: Kind::Field {
            is_optional: is_optional(&written.ty),
            has_default: field.has_default(),
            is_personal: record.personal.is_some() || field.is_personal(),
        },
    });
    members.collect()
}

fn is_optional(ty: &Type) -> bool {
    let Type::Path(path) = peel(ty) else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "Option")
}

/// Refuses the attributes of serde that change serde's form only.
pub(crate) fn check(
    ctxt: &Ctxt,
    mode: Mode,
    owner: &Ident,
    attributes: &[Attribute],
    members: &[Member<'_>],
) {
    if mode == Mode::Ignored {
        return;
    }
    let is_enum = members.iter().any(|member| matches!(member.kind, Kind::Variant));
    for meta in arguments(attributes) {
        let problem = match name(&meta).as_str() {
            "rename_all" => rename_all(&meta, members),
            _ => of_type(&meta, owner, is_enum, members, mode),
        };
        refuse(ctxt, mode, &meta, problem);
    }
    for member in members {
        for meta in arguments(member.attributes) {
            let problem = match member.kind {
                Kind::Field { .. } => of_field(&meta, member, mode),
                Kind::Variant => of_variant(&meta, member, mode),
            };
            refuse(ctxt, mode, &meta, problem);
        }
    }
}

/// What to write for an attribute, if it cannot stay as it is.
type Remedy = Option<String>;

fn refuse(ctxt: &Ctxt, mode: Mode, meta: &Meta, remedy: Remedy) {
    if let Some(remedy) = remedy {
        ctxt.error(meta, mode.message(&remedy));
    }
}

fn of_type(meta: &Meta, owner: &Ident, is_enum: bool, members: &[Member<'_>], mode: Mode) -> Remedy {
    let name = name(meta);
    match name.as_str() {
        // Without effect on the form of a struct with named fields, or of an enum without data. Unknown fields are
        // refused by events, too.
        "deny_unknown_fields"
        | "crate"
        | "bound"
        | "expecting"
        | "remote"
        | "rename_all_fields"
        | "variant_identifier"
        | "field_identifier" => None,
        // The name of an enum or an event is not written.
        "rename" if is_enum || mode == Mode::Event => None,
        "rename" => {
            let own = owner.unraw().to_string();
            let other = texts(meta).into_iter().find(|text| *text != own)?;
            Some(match in_rust(&other) {
                Some(other) => format!("its name in schemas is `{own}`, so rename the type to `{other}`"),
                None => format!("its name in schemas is `{own}`, so remove `rename`"),
            })
        }
        "default" => {
            let is_required = |member: &&Member<'_>| {
                matches!(member.kind, Kind::Field { is_optional: false, has_default: false, .. })
            };
            let required = members.iter().find(is_required)?;
            Some(format!(
                "write `#[event_data(default)]` on each field that JSON may leave out, such as `{}`",
                required.ident
            ))
        }
        "tag" if !is_enum => {
            Some("an event has the members of its fields alone, so declare a field for it".to_owned())
        }
        "tag" | "content" | "untagged" => {
            Some(format!("a variant is written as its name, so remove `{name}`"))
        }
        "transparent" => {
            Some("a struct is written as an object with its fields, so remove `transparent`".to_owned())
        }
        "from" | "try_from" | "into" => Some(format!(
            "the type is read and written as it is, so remove `{name}`, and convert it elsewhere"
        )),
        _ => unknown(&name, mode),
    }
}

/// The names by `rename_all`, where no `rename` overrides it.
fn rename_all(meta: &Meta, members: &[Member<'_>]) -> Remedy {
    let rules: Vec<_> = texts(meta).iter().filter_map(|text| case::Rule::of_name(text)).collect();
    let other_name = |member: &Member<'_>| {
        if arguments(member.attributes).iter().any(|meta| name(meta) == "rename") {
            return None;
        }
        let ident = member.ident.unraw().to_string();
        let renamed = rules.iter().map(|rule| match member.kind {
            Kind::Field { .. } => rule.of_field(&ident),
            Kind::Variant => rule.of_variant(&ident),
        });
        renamed.into_iter().find(|renamed| *renamed != member.name)
    };
    let mut others = members.iter().filter_map(|member| Some((member, other_name(member)?)));
    let (member, text) = others.next()?;
    let ident = member.ident;
    Some(match member.kind {
        Kind::Field { .. } => {
            format!(
                "a field has one name in Rust and on the wire, as `{ident}` for serde's `{text}`, so remove `rename_all`"
            )
        }
        Kind::Variant => {
            let others = if others.next().is_some() { ", and so on for the others" } else { "" };
            format!("write `#[event_data(rename = {text:?})]` on `{ident}`{others}")
        }
    })
}

fn of_field(meta: &Meta, member: &Member<'_>, mode: Mode) -> Remedy {
    let Kind::Field { is_optional, has_default, is_personal } = member.kind else { return None };
    let name = name(meta);
    match name.as_str() {
        "bound" | "borrow" | "crate" | "getter" => None,
        "rename" => {
            let other = texts(meta).into_iter().find(|text| *text != member.name)?;
            Some(match in_rust(&other) {
                Some(other) => format!("a field has one name in Rust and on the wire, so rename it to `{other}`"),
                None => "a field has one name in Rust and on the wire, so remove `rename`".to_owned(),
            })
        }
        "alias" => alias(meta, member),
        // What is skipped needs a default, which goes with it.
        "default" if has_default || is_skipped(member) => None,
        "default" => match texts(meta).first() {
            None if is_optional => None,
            None => Some("write `#[event_data(default)]`".to_owned()),
            Some(function) => Some(format!("write `#[event_data(default = {function}())]`")),
        },
        "skip" | "skip_serializing" | "skip_deserializing" if mode == Mode::Implemented => {
            Some(format!("every field is written, so take this one out, or remove `{name}`"))
        }
        // Whoever marks the field says that the event is to carry it.
        "skip" | "skip_serializing" | "skip_deserializing" if is_personal => None,
        "skip" | "skip_serializing" | "skip_deserializing" => Some(
            "an event carries every field, so take this one out, or mark it `#[event_data(pii)]` if receivers need it"
                .to_owned(),
        ),
        // A missing field is then read as what it was.
        "skip_serializing_if" if is_emptiness(meta) => None,
        "skip_serializing_if" => {
            Some("an event carries every field whatever its value, so remove `skip_serializing_if`".to_owned())
        }
        "flatten" => Some(
            "a record is a member of its own, so remove `flatten`, or declare the fields of the record here".to_owned(),
        ),
        "with" | "serialize_with" | "deserialize_with" => Some(format!(
            "a field has the form of its type, so remove `{name}`, or give it a type that implements `EventField` and \
             `AvroField`"
        )),
        _ => unknown(&name, mode),
    }
}

fn of_variant(meta: &Meta, member: &Member<'_>, mode: Mode) -> Remedy {
    let name = name(meta);
    match name.as_str() {
        "bound" | "borrow" | "crate" | "rename_all" => None,
        "rename" => {
            let other = texts(meta).into_iter().find(|text| *text != member.name)?;
            Some(format!("write `#[event_data(rename = {other:?})]`"))
        }
        "alias" => alias(meta, member),
        "skip" | "skip_serializing" | "skip_deserializing" => {
            Some(format!("an event carries every variant, so remove `{name}`, or the variant"))
        }
        "other" => Some("a name without a variant is an error, so remove `other`".to_owned()),
        "with" | "serialize_with" | "deserialize_with" | "untagged" => {
            Some(format!("a variant is written as its name, so remove `{name}`"))
        }
        _ => unknown(&name, mode),
    }
}

fn alias(meta: &Meta, member: &Member<'_>) -> Remedy {
    let is_other = texts(meta).into_iter().any(|text| text != member.name);
    is_other.then(|| format!("events are read by one name, `{}`, so remove `alias`", member.name))
}

/// What this version of the crate does not know is serde's to refuse, if serde is derived.
fn unknown(name: &str, mode: Mode) -> Remedy {
    (mode == Mode::Implemented).then(|| format!("`{name}` has no effect, so remove it"))
}

fn is_skipped(member: &Member<'_>) -> bool {
    arguments(member.attributes)
        .iter()
        .any(|meta| name(meta).starts_with("skip") && name(meta) != "skip_serializing_if")
}

/// A text as a name in Rust, if it can be one.
fn in_rust(text: &str) -> Option<String> {
    let raw = format!("r#{text}");
    [text, &raw].into_iter().find(|name| syn::parse_str::<Ident>(name).is_ok()).map(str::to_owned)
}

/// Whether the condition is that the value is `None` or empty.
fn is_emptiness(meta: &Meta) -> bool {
    let path = texts(meta).pop().unwrap_or_default();
    let last = path.rsplit("::").next().unwrap_or_default().trim();
    last == "is_none" || last == "is_empty"
}

/// The arguments of every `#[serde(…)]`.
fn arguments(attributes: &[Attribute]) -> Vec<Meta> {
    let ours =
        neighbours::all(attributes).into_iter().filter(|neighbour| neighbour.meta.path().is_ident("serde"));
    ours.flat_map(|neighbour| neighbour.arguments()).collect()
}

fn name(meta: &Meta) -> String {
    meta.path().to_token_stream().to_string()
}

/// The texts that an argument has: one as in `rename = "a"`, or two as in `rename(serialize = "a", deserialize = "b")`.
fn texts(meta: &Meta) -> Vec<String> {
    match meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => vec![text.value()],
            _ => Vec::new(),
        },
        Meta::List(_) => {
            let inner = neighbours::Neighbour { meta: meta.clone(), conditional: false }.arguments();
            inner.iter().flat_map(texts).collect()
        }
        Meta::Path(_) => Vec::new(),
    }
}
