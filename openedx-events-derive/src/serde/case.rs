//! The names that serde's `rename_all` makes.

/// A rule of `rename_all`.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Rule {
    /// The rule that serde calls so.
    pub(super) fn of_name(name: &str) -> Option<Self> {
        Some(match name {
            "lowercase" => Self::Lower,
            "UPPERCASE" => Self::Upper,
            "PascalCase" => Self::Pascal,
            "camelCase" => Self::Camel,
            "snake_case" => Self::Snake,
            "SCREAMING_SNAKE_CASE" => Self::ScreamingSnake,
            "kebab-case" => Self::Kebab,
            "SCREAMING-KEBAB-CASE" => Self::ScreamingKebab,
            _ => return None,
        })
    }

    /// The name of a variant, which is in `PascalCase` in Rust.
    pub(super) fn of_variant(self, ident: &str) -> String {
        match self {
            Self::Pascal => ident.to_owned(),
            Self::Lower => ident.to_ascii_lowercase(),
            Self::Upper => ident.to_ascii_uppercase(),
            Self::Camel => with_first(ident, char::to_ascii_lowercase),
            Self::Snake => snake(ident),
            Self::ScreamingSnake => snake(ident).to_ascii_uppercase(),
            Self::Kebab => snake(ident).replace('_', "-"),
            Self::ScreamingKebab => snake(ident).to_ascii_uppercase().replace('_', "-"),
        }
    }

    /// The name of a field, which is in `snake_case` in Rust.
    pub(super) fn of_field(self, ident: &str) -> String {
        match self {
            Self::Lower | Self::Snake => ident.to_owned(),
            Self::Upper | Self::ScreamingSnake => ident.to_ascii_uppercase(),
            Self::Pascal => pascal(ident),
            Self::Camel => with_first(&pascal(ident), char::to_ascii_lowercase),
            Self::Kebab => ident.replace('_', "-"),
            Self::ScreamingKebab => ident.to_ascii_uppercase().replace('_', "-"),
        }
    }
}

fn snake(ident: &str) -> String {
    let mut text = String::with_capacity(ident.len() + 4);
    for (place, letter) in ident.char_indices() {
        if place > 0 && letter.is_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

fn pascal(ident: &str) -> String {
    ident.split('_').map(|word| with_first(word, char::to_ascii_uppercase)).collect()
}

fn with_first(text: &str, change: fn(&char) -> char) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| std::iter::once(change(&first)).chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_serde() {
        let cases = [
            ("lowercase", "noidprofessional", "order_number"),
            ("UPPERCASE", "NOIDPROFESSIONAL", "ORDER_NUMBER"),
            ("PascalCase", "NoIdProfessional", "OrderNumber"),
            ("camelCase", "noIdProfessional", "orderNumber"),
            ("snake_case", "no_id_professional", "order_number"),
            ("SCREAMING_SNAKE_CASE", "NO_ID_PROFESSIONAL", "ORDER_NUMBER"),
            ("kebab-case", "no-id-professional", "order-number"),
            ("SCREAMING-KEBAB-CASE", "NO-ID-PROFESSIONAL", "ORDER-NUMBER"),
        ];
        for (name, variant, field) in cases {
            let rule = Rule::of_name(name).expect(name);
            assert_eq!(
                (rule.of_variant("NoIdProfessional"), rule.of_field("order_number")),
                (variant.into(), field.into())
            );
        }
    }
}
