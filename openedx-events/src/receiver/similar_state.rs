//! A value that was provided, and that may be meant where a state is missing: [`SimilarState`].

use std::fmt;
use std::panic::Location;

use super::state::Origin;

/// A value that was provided, and that may be meant where a state is missing. Its text says what to do.
#[derive(Clone, PartialEq, Eq)]
pub struct SimilarState {
    wanted: &'static str,
    provided: Origin,
    relation: Relation,
}

/// How the type of a provided value is related to the wanted one. The earlier ones are the likelier slips.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Relation {
    /// It is the wanted one, which was provided outside of the test scope.
    Outside,
    /// It holds the wanted one, such as `Arc<T>`.
    Around,
    /// The wanted one holds it.
    Inside,
    /// It has the same name in another module, or with other type arguments.
    Namesake,
}

impl SimilarState {
    pub(crate) fn find(wanted: &'static str, here: &[Origin], outside: &[Origin]) -> Option<Self> {
        let same = outside.iter().filter(|origin| origin.type_name == wanted);
        let related = here.iter().filter_map(|origin| Some((related(wanted, origin.type_name)?, *origin)));
        same.map(|origin| (Relation::Outside, *origin))
            .chain(related)
            .min_by_key(|(relation, origin)| (*relation, origin.type_name.len(), origin.type_name))
            .map(|(relation, provided)| Self { wanted, provided, relation })
    }

    /// The type of the value, as [`std::any::type_name`] has it.
    pub fn type_name(&self) -> &'static str {
        self.provided.type_name
    }

    /// The call that provided it.
    pub fn location(&self) -> &'static Location<'static> {
        self.provided.location
    }
}

fn related(wanted: &str, provided: &str) -> Option<Relation> {
    if holds(provided, wanted) {
        Some(Relation::Around)
    } else if holds(wanted, provided) {
        Some(Relation::Inside)
    } else if name(wanted) == name(provided) && !name(wanted).is_empty() {
        Some(Relation::Namesake)
    } else {
        None
    }
}

/// Whether a type is a reference to another, or has it for its only argument, however deep.
fn holds(outer: &str, inner: &str) -> bool {
    std::iter::successors(argument(outer), |outer| argument(outer)).any(|each| each == inner)
}

/// What a type refers to, or its only argument.
fn argument(type_name: &str) -> Option<&str> {
    if let Some(referent) = type_name.strip_prefix('&') {
        return Some(referent);
    }
    let (_, arguments) = type_name.strip_suffix('>')?.split_once('<')?;
    let mut depth = 0_usize;
    let is_single = arguments.chars().all(|each| {
        match each {
            '<' | '(' | '[' => depth += 1,
            '>' | ')' | ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        each != ',' || depth > 0
    });
    is_single.then_some(arguments)
}

/// The last name of a path, without type arguments. Empty for what is no path.
fn name(type_name: &str) -> &str {
    let path = type_name.split('<').next().unwrap_or_default();
    let name = path.rsplit("::").next().unwrap_or_default();
    if name.chars().all(|each| each.is_alphanumeric() || each == '_') { name } else { "" }
}

impl fmt::Display for SimilarState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { wanted, provided: Origin { type_name, location }, relation } = self;
        let (short, wanted_short) = (ShortName(type_name), ShortName(wanted));
        match relation {
            Relation::Outside => write!(
                f,
                "the one that is provided at {location} is outside of this test scope: provide one inside the scope"
            ),
            Relation::Around | Relation::Inside => write!(
                f,
                "what is provided at {location} is `{short}`: take `&{short}`, or provide the `{wanted_short}` itself"
            ),
            Relation::Namesake if type_name == wanted => write!(
                f,
                "what is provided at {location} is another type of the same name: does the program have two versions of \
                 its crate?"
            ),
            Relation::Namesake => write!(
                f,
                "what is provided at {location} is another type, `{short}`: take `&{short}`, or provide a \
                 `{wanted_short}`"
            ),
        }
    }
}

/// Like `Display`.
impl fmt::Debug for SimilarState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The name of a type, without the modules of the standard library: nobody writes `alloc::sync::Arc`.
pub(crate) struct ShortName<'a>(pub(crate) &'a str);

impl fmt::Display for ShortName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_path = |each: char| each.is_alphanumeric() || each == '_' || each == ':';
        let mut rest = self.0;
        while let Some(start) = rest.find(is_path) {
            let length = rest[start..].find(|each| !is_path(each)).unwrap_or(rest.len() - start);
            let (before, path) = (&rest[..start], &rest[start..start + length]);
            let is_std = ["alloc::", "core::", "std::"].iter().any(|each| path.starts_with(each));
            let shown = if is_std { path.rsplit("::").next().unwrap_or(path) } else { path };
            write!(f, "{before}{shown}")?;
            rest = &rest[start + length..];
        }
        f.write_str(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relation(wanted: &'static str, provided: &[&'static str]) -> Option<(&'static str, bool)> {
        let location = Location::caller();
        let provided: Vec<_> = provided.iter().map(|type_name| Origin { type_name, location }).collect();
        let similar = SimilarState::find(wanted, &provided, &[])?;
        Some((similar.type_name(), similar.relation == Relation::Namesake))
    }

    #[test]
    fn a_type_is_related_to_what_holds_it_and_to_what_it_holds() {
        let found = |wanted, provided| relation(wanted, &[provided]).map(|(_, is_namesake)| is_namesake);
        assert_eq!(found("app::Db", "alloc::sync::Arc<app::Db>"), Some(false));
        assert_eq!(found("app::Db", "alloc::sync::Arc<std::sync::Mutex<app::Db>>"), Some(false));
        assert_eq!(found("app::Db", "&app::Db"), Some(false));
        assert_eq!(found("app::Db", "alloc::sync::Arc<std::collections::HashMap<u8, app::Db>>"), None);
        assert_eq!(found("alloc::sync::Arc<app::Db>", "app::Db"), Some(false));
        assert_eq!(found("app::Db", "other::Db"), Some(true));
        assert_eq!(found("sqlx::Pool<sqlx::Postgres>", "sqlx::Pool<sqlx::Sqlite>"), Some(true));
        assert_eq!(found("app::Db", "alloc::sync::Arc<app::DbPool>"), None);
        assert_eq!(found("app::Db", "alloc::sync::Arc<my::app::Db>"), None);
        assert_eq!(found("app::Db", "app::Mailer"), None);
    }

    #[test]
    fn the_likeliest_is_chosen_in_whatever_order_they_come() {
        let mut provided =
            ["other::Db", "alloc::sync::Arc<std::sync::Mutex<app::Db>>", "alloc::sync::Arc<app::Db>"];
        for _ in 0..provided.len() {
            assert_eq!(relation("app::Db", &provided), Some(("alloc::sync::Arc<app::Db>", false)));
            provided.rotate_left(1);
        }
    }

    #[test]
    fn names_are_short_where_they_are_those_of_the_standard_library() {
        let name = "alloc::sync::Arc<std::collections::HashMap<alloc::string::String, app::std::Db>>";
        assert_eq!(ShortName(name).to_string(), "Arc<HashMap<String, app::std::Db>>");
        assert_eq!(ShortName("&[core::option::Option<u8>; 2]").to_string(), "&[Option<u8>; 2]");
    }
}
