//! The names that events have on the wire, which Avro's rules hold for.

use proc_macro2::Ident;
use syn::LitStr;
use syn::ext::IdentExt as _;

use crate::ctxt::Ctxt;

/// The names of Avro's own types, which a schema may not give to others.
const AVRO_TYPES: [&str; 15] = [
    "null", "boolean", "int", "long", "float", "double", "bytes", "string", "record", "error", "enum",
    "array", "map", "union", "fixed",
];

/// Checks a name that is also one in Rust, and so can only lack ASCII. `remedy` says what to do about it.
pub(crate) fn check(ctxt: &Ctxt, ident: &Ident, remedy: &str) {
    if !ident.unraw().to_string().is_ascii() {
        ctxt.error(
            ident,
            format_args!("a name on the wire can only have ASCII letters, digits and `_`: {remedy}"),
        );
    }
}

/// Checks the name of a record.
pub(crate) fn check_record(ctxt: &Ctxt, ident: &Ident) {
    check(ctxt, ident, "rename the struct");
    let name = ident.unraw().to_string();
    if AVRO_TYPES.contains(&name.as_str()) {
        ctxt.error(ident, format_args!("`{name}` is the name of one of Avro's own types: rename the struct"));
    }
}

/// Checks the text that stands for a variant. It is a value, not a name of a schema, so that it may have other
/// characters: `no-id-professional`, `in cash`.
pub(crate) fn check_text(ctxt: &Ctxt, text: &LitStr) {
    let value = text.value();
    if value.trim().is_empty() {
        ctxt.error(text, "the variant's name on the wire is blank: write one, or remove `rename`");
    } else if value.chars().any(|c| !(c.is_ascii_graphic() || c == ' ')) {
        ctxt.error(
            text,
            "a variant's name on the wire can only have printable ASCII characters: write another one",
        );
    } else if value.trim() != value {
        ctxt.error(
            text,
            format_args!("the variant's name on the wire has a space at an end: write {:?}", value.trim()),
        );
    }
}
