//! Text as it comes from secrets and environments: [`trimmed`] and [`control`].

/// Without whitespace, line breaks and other control characters at the ends, and without a byte order mark: a secret that is read from
/// a file often ends in a line break.
pub(in crate::bus) fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c.is_control() || c == '\u{feff}')
}

/// What is wrong with a text that has a control character inside. The text is not shown, as it may be a secret.
pub(in crate::bus) fn control(text: &str) -> Option<String> {
    let (place, control) = text.chars().enumerate().find(|(_, c)| c.is_control())?;
    let control = control.escape_default();
    Some(format!("character {} is a control character, `{control}`: remove it", place + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_are_trimmed_at_the_ends_and_found_inside() {
        for text in ["memory:", "memory:\n", "\r\n memory:\t\0\u{85}", "\u{feff}memory:"] {
            assert_eq!(trimmed(text), "memory:", "{text:?}");
        }
        assert_eq!((trimmed(" \n"), trimmed("a b"), control("a b é")), ("", "a b", None));
        let expected = "character 3 is a control character, `\\n`: remove it";
        assert_eq!(control("aé\nb\0").as_deref(), Some(expected));
    }
}
