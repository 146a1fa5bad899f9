//! Classes of characters, as in Python's `re`.

use unicode_general_category::{GeneralCategory, get_general_category};

/// Python's `\w`: the Unicode categories L* and N*, and `_`. No marks, joiners or other connectors.
pub(super) fn is_word(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || character == '_';
    }
    is_letter_or_number(get_general_category(character))
}

/// Python's `\d`: the Unicode category Nd.
pub(super) fn is_digit(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_digit();
    }
    get_general_category(character) == GeneralCategory::DecimalNumber
}

/// Whether `text` matches `name`, which is lower-case ASCII, with Python's `re.IGNORECASE`.
pub(super) fn same_but_for_case(name: &str, text: &str) -> bool {
    name.chars().eq(text.chars().map(folded))
}

/// The ASCII letter that matches the character with Python's `re.IGNORECASE`. Four characters outside of ASCII match one:
/// the long s, the kelvin sign, the I with a dot and the i without one.
fn folded(character: char) -> char {
    match character {
        '\u{17F}' => 's',
        '\u{212A}' => 'k',
        '\u{130}' | '\u{131}' => 'i',
        other => other.to_ascii_lowercase(),
    }
}

fn is_letter_or_number(category: GeneralCategory) -> bool {
    matches!(
        category,
        GeneralCategory::UppercaseLetter
            | GeneralCategory::LowercaseLetter
            | GeneralCategory::TitlecaseLetter
            | GeneralCategory::ModifierLetter
            | GeneralCategory::OtherLetter
            | GeneralCategory::DecimalNumber
            | GeneralCategory::LetterNumber
            | GeneralCategory::OtherNumber
    )
}
