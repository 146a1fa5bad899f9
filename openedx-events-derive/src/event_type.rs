//! The grammar of the types of events and of filters, which is written down here alone:
//! `{reverse DNS}.{subdomain}.{subject…}.{action}.v{N}` (openedx-events, decision 0002).

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt as _;

/// Reverse DNS has at least two parts; subdomain, subject and action at least one each.
const MIN_PARTS: usize = 5;

/// The rules that a type may break on purpose, each with an argument of `#[signal]` that says so.
#[derive(Clone, Copy, Default)]
pub(crate) struct Exceptions {
    pub(crate) unversioned: bool,
    pub(crate) hyphenated: bool,
}

/// What has the type. Both kinds of hooks have the same grammar (openedx-filters, decision 0004).
#[derive(Clone, Copy)]
pub(crate) enum Hook {
    /// It may break rules on purpose.
    Event(Exceptions),
    Filter,
}

impl Hook {
    /// What messages call the type.
    const fn noun(self) -> &'static str {
        match self {
            Self::Event(_) => "event type",
            Self::Filter => "filter type",
        }
    }

    /// The error for a type that is missing in the arguments of the attribute. Without arguments, its place is the attribute itself.
    pub(crate) fn missing(self, at: Span) -> syn::Error {
        let attribute = match self {
            Self::Event(_) => "signal",
            Self::Filter => "filter",
        };
        let noun = self.noun();
        syn::Error::new(
            at,
            format_args!(
                "expected the {noun}, a string, as the first argument: `#[{attribute}(\"org.example.subdomain.subject.action.v1\")]`"
            ),
        )
    }

    const fn example(self) -> &'static str {
        match self {
            Self::Event(_) => "org.openedx.learning.badge.awarded.v1",
            Self::Filter => "org.openedx.learning.course.enrollment.started.v1",
        }
    }

    fn exceptions(self) -> Exceptions {
        match self {
            Self::Event(exceptions) => exceptions,
            Self::Filter => Exceptions::default(),
        }
    }

    /// How a rule is broken on purpose.
    fn on_purpose(self, what: &str, argument: &str) -> String {
        match self {
            Self::Event(_) => format!("; if it {what} on purpose, add the argument `{argument}`"),
            Self::Filter => String::new(),
        }
    }
}

/// Everything that is wrong with the type of a hook, with the remedy for each.
pub(crate) fn problems(event_type: &str, hook: Hook) -> Vec<String> {
    let (noun, example, exceptions) = (hook.noun(), hook.example(), hook.exceptions());
    if event_type.is_empty() {
        return vec![format!("the {noun} is empty: write one such as `{example}`")];
    }
    let parts: Vec<&str> = event_type.split('.').collect();
    let (names, version) = split(&parts, exceptions);
    let mut problems: Vec<String> = names.iter().filter_map(|part| part_problem(part, hook)).collect();
    if names.len() < MIN_PARTS && problems.is_empty() {
        problems.push(format!(
            "`{event_type}` has too few parts: write `{{reverse DNS}}.{{subdomain}}.{{subject}}.{{action}}.v{{N}}`, \
             such as `{example}`"
        ));
    }
    problems.extend(version_problem(version, event_type, hook));
    problems
}

/// Splits off what is meant as the version, right or wrong: the last part, and numbers before it.
fn split<'a>(parts: &'a [&'a str], exceptions: Exceptions) -> (&'a [&'a str], &'a [&'a str]) {
    let (last, before) = parts.split_last().expect("a split gives at least one part");
    if !is_like_version(last, exceptions) {
        return (parts, &[]);
    }
    let mut start = before.len();
    while start > 0 && is_like_version(parts[start - 1], exceptions) && !is_number_with_v(parts[start]) {
        start -= 1;
    }
    parts.split_at(start)
}

/// The version at the end of an event type.
pub(crate) fn version(event_type: &str) -> Option<&str> {
    event_type.rsplit('.').next().filter(|part| is_version(part))
}

fn version_problem(version: &[&str], event_type: &str, hook: Hook) -> Option<String> {
    match version {
        [] => (!hook.exceptions().unversioned).then(|| {
            format!(
                "the {} has no version: end it with one, as in `{}.v1`{}",
                hook.noun(),
                event_type.trim_end_matches('.'),
                hook.on_purpose("has none", "unversioned")
            )
        }),
        [one] if is_version(one) => None,
        _ => Some(number_problem(version, hook)),
    }
}

/// The problem of a version that is not `v` and one number: `V1`, `v01`, `1`, `v1.2`, `v1_2`, `1.0.2`, `v1beta`.
fn number_problem(version: &[&str], hook: Hook) -> String {
    let text = version.join(".");
    let numbers: Vec<u32> = text
        .split(|c: char| !c.is_ascii_digit())
        .filter(|number| !number.is_empty())
        .filter_map(|number| number.parse().ok())
        .collect();
    let major = numbers.first().copied().unwrap_or_default().max(1);
    let minor = numbers.iter().skip(1).copied().find(|&number| number > 0);
    match (minor, hook) {
        (Some(minor), Hook::Event(_)) => format!(
            "`{text}` is not a version, which is one number: write `v{major}`, and `minor_version = {minor}` as an \
             argument"
        ),
        (Some(_), Hook::Filter) => {
            format!("`{text}` is not a version, which is one number: write `v{major}`")
        }
        (None, _) => {
            format!("`{text}` is not a version, which is `v` and one positive number: write `v{major}`")
        }
    }
}

fn is_version(part: &str) -> bool {
    part.strip_prefix('v').is_some_and(|number| is_number(number) && !number.starts_with('0'))
}

/// Whether the part is meant as a version, right or wrong: `V1`, `v01`, `1`, `v1_2`, `v1beta`. Without a version on
/// purpose, a name such as `v8_engine` is one.
fn is_like_version(part: &str, exceptions: Exceptions) -> bool {
    let number = part.strip_prefix(['v', 'V']).unwrap_or(part);
    is_number(number)
        || (!exceptions.unversioned
            && number.starts_with(|c: char| c.is_ascii_digit())
            && number.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-'))
}

fn is_number_with_v(part: &str) -> bool {
    part.starts_with(['v', 'V'])
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn part_problem(part: &str, hook: Hook) -> Option<String> {
    if part.is_empty() {
        return Some(format!(
            "the {} has an empty part: separate its parts by one dot, without a dot at either end",
            hook.noun()
        ));
    }
    let allowed = |c: char| {
        c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || (c == '-' && hook.exceptions().hyphenated)
    };
    let wrong = part.chars().find(|&c| !allowed(c));
    let message = match wrong {
        Some(c) if c.is_uppercase() => {
            format!("`{part}` has an upper-case letter: write `{}`", snake_case(part))
        }
        Some('-') => format!(
            "`{part}` has a hyphen: write `{}`{}",
            part.replace('-', "_"),
            hook.on_purpose("is there", "hyphenated")
        ),
        Some(c) if c.is_whitespace() => {
            format!("`{part}` has a space: write `{}`", part.split_whitespace().collect::<Vec<_>>().join("_"))
        }
        Some(c) => format!("`{part}` has the character `{c}`: use only `a` to `z`, `0` to `9` and `_`"),
        None if !part.starts_with(|c: char| c.is_ascii_lowercase()) => {
            format!("`{part}` does not begin with a letter: begin it with one from `a` to `z`")
        }
        None => return None,
    };
    Some(message)
}

/// Converts `BadgeAwarded` to `badge_awarded`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    let letters: Vec<char> = name.chars().collect();
    for (place, &letter) in letters.iter().enumerate() {
        let before = place.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(place + 1);
        let starts_word = letter.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && after.is_some_and(|after| after.is_lowercase()))
            });
        if starts_word {
            text.push('_');
        }
        text.extend(letter.to_lowercase());
    }
    text
}

/// The name of the static of a declared struct: the one that is given, or that of the struct in upper case.
pub(crate) fn static_name(given: Option<&Ident>, declared: &Ident) -> Ident {
    given.cloned().unwrap_or_else(|| {
        Ident::new(&snake_case(&declared.unraw().to_string()).to_uppercase(), declared.span())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words() {
        let cases = [
            ("BadgeAwarded", "badge_awarded"),
            ("ORASubmissionCreated", "ora_submission_created"),
            ("XBlockSkillVerified", "x_block_skill_verified"),
            ("CourseV2Created", "course_v2_created"),
            ("IdvAttempt", "idv_attempt"),
        ];
        for (name, expected) in cases {
            assert_eq!(snake_case(name), expected);
        }
    }

    #[test]
    fn every_problem_of_a_type_is_reported() {
        assert_eq!(problems("org.example.Shop..Order placed", Hook::Event(Exceptions::default())).len(), 4);
        assert!(
            problems("org.openedx.learning.badge.awarded.v1", Hook::Event(Exceptions::default())).is_empty()
        );
        assert_eq!(
            problems("org.openedx.learning.badge.awarded.v01", Hook::Event(Exceptions::default())).len(),
            1
        );
    }

    #[test]
    fn a_version_of_several_parts_is_one_problem() {
        let cases = [
            ("1.0.2", "write `v1`, and `minor_version = 2` as an argument"),
            ("v1.2", "write `v1`, and `minor_version = 2` as an argument"),
            ("v2.3.0", "write `v2`, and `minor_version = 3` as an argument"),
            ("V1.0", "write `v1`"),
            ("v1_2", "write `v1`, and `minor_version = 2` as an argument"),
            ("v1-2", "write `v1`, and `minor_version = 2` as an argument"),
            ("v2beta", "write `v2`"),
            ("0.1", "write `v1`, and `minor_version = 1` as an argument"),
            ("v0", "write `v1`"),
            ("1", "write `v1`"),
        ];
        for (version, remedy) in cases {
            let problems = problems(
                &format!("org.openedx.learning.badge.awarded.{version}"),
                Hook::Event(Exceptions::default()),
            );
            assert_eq!(problems.len(), 1, "{version}: {problems:?}");
            assert!(problems[0].ends_with(remedy), "{version}: {problems:?}");
        }
        // A filter has no minor version.
        let problems_of_filter = problems("org.openedx.learning.badge.requested.v1.2", Hook::Filter);
        assert_eq!(problems_of_filter, ["`v1.2` is not a version, which is one number: write `v1`"]);
        let unversioned = Exceptions { unversioned: true, ..Exceptions::default() };
        assert!(problems("org.openedx.learning.car.v8_engine", Hook::Event(unversioned)).is_empty());
    }
}
